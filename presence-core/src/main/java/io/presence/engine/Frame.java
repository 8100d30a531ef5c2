package io.presence.engine;

import java.nio.charset.StandardCharsets;

/**
 * A frame, made once for all its receivers.
 *
 * @param text the text
 * @param bytes how many bytes it takes in UTF-8
 */
record Frame(String text, int bytes) {

	static Frame of(String text) {
		return new Frame(text, utf8Length(text));
	}

	private static int utf8Length(String text) {
		int length = text.length();
		for (int i = 0; i < text.length(); i++) {
			char c = text.charAt(i);
			if (c >= 0x80) {
				return length + text.substring(i).getBytes(StandardCharsets.UTF_8).length - (length - i);
			}
		}
		return length;
	}

}
