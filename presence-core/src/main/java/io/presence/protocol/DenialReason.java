package io.presence.protocol;

import java.util.Locale;

/**
 * Why a {@code subscribe} was refused.
 */
public enum DenialReason {

	/** The authorizer said no. */
	UNAUTHORIZED,

	/** A limit is reached. */
	LIMIT,

	/** The name is not one of a topic. */
	INVALID_TOPIC,

	/** The public data of the user could not be selected, or is too large. */
	INVALID_DATA,

	/** The instance is shutting down. */
	UNAVAILABLE;

	private final String code = name().toLowerCase(Locale.ROOT).replace('_', '-');

	/**
	 * Returns the reason as it stands in frames.
	 * @return the name in lower case, with hyphens
	 */
	public String code() {
		return this.code;
	}

}
