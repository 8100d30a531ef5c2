package io.presence.redis;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes messages apart, by {@code docs/storage.md} alone. Text is bytes: each
 * {@code char} is one byte.
 */
final class MessageFields {

	private static final int HEAD = 3;

	private MessageFields() {
	}

	/**
	 * Returns format and kind of a message, such as {@code P1t}, and its fields.
	 */
	static List<String> of(String message) {
		List<String> fields = new ArrayList<>(List.of(message.substring(0, HEAD)));
		int at = HEAD;
		while (at < message.length()) {
			int colon = message.indexOf(':', at);
			int end = colon + 1 + Integer.parseInt(message, at, colon, 10);
			fields.add(message.substring(colon + 1, end));
			at = end;
		}
		return fields;
	}

}
