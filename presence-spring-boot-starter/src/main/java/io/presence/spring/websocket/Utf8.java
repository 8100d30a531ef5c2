package io.presence.spring.websocket;

/**
 * Lengths in UTF-8.
 */
final class Utf8 {

	private Utf8() {
	}

	/**
	 * Returns how many bytes a text takes. A surrogate counts two, which is exact for a
	 * pair.
	 */
	static int length(String text) {
		int length = text.length();
		for (int i = 0; i < text.length(); i++) {
			char c = text.charAt(i);
			if (c >= 0x80) {
				length += (c < 0x800 || Character.isSurrogate(c)) ? 1 : 2;
			}
		}
		return length;
	}

}
