package io.presence;

import java.io.Serial;

/**
 * A limit refuses a request. Everything is as it was before: nobody who is present was
 * removed to make room.
 */
public class PresenceLimitExceededException extends PresenceException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final String property;

	/**
	 * Creates an exception.
	 * @param property the property that sets the limit, such as
	 * {@code presence.limits.max-topics}
	 * @param message what exceeds it, and by how much
	 */
	public PresenceLimitExceededException(String property, String message) {
		super(message);
		this.property = property;
	}

	/**
	 * Returns the name of the property that sets the limit.
	 * @return the full name
	 */
	public String property() {
		return this.property;
	}

}
