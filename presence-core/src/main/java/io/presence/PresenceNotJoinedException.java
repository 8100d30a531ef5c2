package io.presence;

import java.io.Serial;

/**
 * A connection has not joined the topic that it must have joined for what was asked.
 */
public class PresenceNotJoinedException extends PresenceException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param message which topic
	 */
	public PresenceNotJoinedException(String message) {
		super(message);
	}

}
