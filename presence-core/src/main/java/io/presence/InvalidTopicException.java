package io.presence;

import java.io.Serial;

/**
 * A name is not one of a topic.
 */
public class InvalidTopicException extends PresenceException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param message what is wrong with the name, which it quotes escaped and shortened
	 */
	public InvalidTopicException(String message) {
		super(message);
	}

}
