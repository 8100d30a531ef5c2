package io.presence;

import java.io.Serial;

/**
 * Somebody may not do what was asked. Thrown by a {@link PresenceUserResolver}, it
 * refuses the connection.
 */
public class PresenceAccessDeniedException extends PresenceException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param message what is denied; it is logged and not told to the client
	 */
	public PresenceAccessDeniedException(String message) {
		super(message);
	}

}
