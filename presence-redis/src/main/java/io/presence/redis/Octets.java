package io.presence.redis;

import java.nio.charset.StandardCharsets;

/**
 * Text as the bytes of its UTF-8 form, one character for each byte: what the scripts
 * measure and cut. ASCII text is the same in both forms.
 */
final class Octets {

	private Octets() {
	}

	static String of(String text) {
		return isAscii(text) ? text : new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
	}

	static String text(String octets) {
		return isAscii(octets) ? octets
				: new String(octets.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
	}

	private static boolean isAscii(String text) {
		for (int i = 0; i < text.length(); i++) {
			if (text.charAt(i) > 0x7f) {
				return false;
			}
		}
		return true;
	}

}
