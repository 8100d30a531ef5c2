package io.presence;

import java.io.Serial;

/**
 * The public data, the key or the state of a connection is not what it must be.
 */
public class PresenceDataException extends PresenceException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param message what is wrong and what to do
	 */
	public PresenceDataException(String message) {
		super(message);
	}

	/**
	 * Creates an exception with a cause.
	 * @param message what is wrong and what to do
	 * @param cause what caused it
	 */
	public PresenceDataException(String message, Throwable cause) {
		super(message, cause);
	}

}
