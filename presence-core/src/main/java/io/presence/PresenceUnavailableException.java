package io.presence;

import java.io.Serial;

/**
 * This instance is shutting down and takes no more joins.
 */
public class PresenceUnavailableException extends PresenceException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param message what was refused
	 */
	public PresenceUnavailableException(String message) {
		super(message);
	}

}
