package io.presence.json;

import io.presence.PresenceDataException;

/**
 * Thrown when a value's canonical text is larger than its caller allows.
 */
public class JsonTooLargeException extends PresenceDataException {

	private static final long serialVersionUID = 1L;

	private final int maxBytes;

	JsonTooLargeException(int maxBytes) {
		super("The JSON text is larger than " + maxBytes + " bytes of UTF-8");
		this.maxBytes = maxBytes;
	}

	/**
	 * Returns the bound that was passed.
	 * @return the bound in bytes of UTF-8
	 */
	public int maxBytes() {
		return this.maxBytes;
	}

}
