package io.presence.protocol;

import java.util.Locale;

/**
 * Why a connection no longer has its role in a topic.
 */
public enum UnsubscribeReason {

	/** The client asked for it, or the application called {@code leave}. */
	LEAVE,

	/** The application removed the member. */
	KICKED,

	/** The authorizer, asked again, said no. */
	UNAUTHORIZED;

	private final String code = name().toLowerCase(Locale.ROOT);

	/**
	 * Returns the reason as it stands in frames.
	 * @return the name in lower case
	 */
	public String code() {
		return this.code;
	}

}
