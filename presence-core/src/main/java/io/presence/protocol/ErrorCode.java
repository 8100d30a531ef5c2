package io.presence.protocol;

import java.util.Locale;

/**
 * What an {@code error} frame says was wrong.
 */
public enum ErrorCode {

	/** The frame is not the JSON that the protocol prescribes. */
	BAD_FRAME,

	/** There is no frame of this type. */
	UNKNOWN_TYPE,

	/** The name is not one of a topic. */
	INVALID_TOPIC,

	/** The connection has not joined the topic. */
	NOT_JOINED,

	/** The connection does not observe the topic. */
	NOT_OBSERVING,

	/** The state is larger than allowed. */
	STATE_TOO_LARGE,

	/** The connection may not do this in the topic. */
	UNAUTHORIZED,

	/** The connection sends more frames than allowed. */
	RATE_LIMITED;

	private final String code = name().toLowerCase(Locale.ROOT).replace('_', '-');

	/**
	 * Returns the code as it stands in frames.
	 * @return the name in lower case, with hyphens
	 */
	public String code() {
		return this.code;
	}

}
