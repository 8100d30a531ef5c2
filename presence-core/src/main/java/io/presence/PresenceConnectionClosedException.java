package io.presence;

import java.io.Serial;

/**
 * A connection closed before what was asked for it was done. Nothing of it remains.
 */
public class PresenceConnectionClosedException extends PresenceException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param message which connection closed, and during what
	 */
	public PresenceConnectionClosedException(String message) {
		super(message);
	}

	/**
	 * Returns a code for logs and clients.
	 * @return {@code WS_CLOSED}
	 */
	public String code() {
		return "WS_CLOSED";
	}

}
