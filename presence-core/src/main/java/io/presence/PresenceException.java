package io.presence;

import java.io.Serial;

/**
 * Something that presence could not do. The message names the offending value and what to
 * do.
 */
public class PresenceException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param message what happened, with which value, and what to do
	 */
	public PresenceException(String message) {
		super(message);
	}

	/**
	 * Creates an exception with a cause.
	 * @param message what happened, with which value, and what to do
	 * @param cause what caused it
	 */
	public PresenceException(String message, Throwable cause) {
		super(message, cause);
	}

}
