package io.presence;

import java.util.Locale;

/**
 * Why a member left a topic.
 */
public enum LeaveReason {

	/** The client unsubscribed or untracked, or the application called {@code leave}. */
	LEAVE,

	/** The connection closed, cleanly or by a dropped link. */
	DISCONNECT,

	/** The connection stopped answering, or its instance died. */
	TIMEOUT,

	/** The application called {@link PresenceService#kick}. */
	KICKED,

	/**
	 * The message that told it was lost: it was found by reading again, and nobody knows
	 * why.
	 */
	UNKNOWN,

	/** The instance of the connection shut down in order. */
	SHUTDOWN;

	private final String code = name().toLowerCase(Locale.ROOT);

	/**
	 * Returns the reason as it stands in frames.
	 * @return the name in lower case
	 */
	public String code() {
		return this.code;
	}

	/**
	 * Returns the reason for a code.
	 * @param code a reason as {@link #code()} returns it
	 * @return the reason, {@link #UNKNOWN} if there is none of that code
	 */
	public static LeaveReason ofCode(String code) {
		for (LeaveReason reason : values()) {
			if (reason.code.equals(code)) {
				return reason;
			}
		}
		return UNKNOWN;
	}

}
