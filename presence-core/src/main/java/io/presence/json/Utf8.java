package io.presence.json;

/**
 * Measures texts in bytes of UTF-8 without encoding them.
 */
public final class Utf8 {

	private Utf8() {
	}

	/**
	 * Returns the number of bytes that a text takes. A lone surrogate counts as one byte,
	 * as {@link String#getBytes(java.nio.charset.Charset)} replaces it by a question
	 * mark.
	 * @param text any text
	 * @return its size in UTF-8
	 */
	public static int length(CharSequence text) {
		int chars = text.length();
		int bytes = chars;
		for (int i = 0; i < chars; i++) {
			char c = text.charAt(i);
			if (c < 0x80) {
				continue;
			}
			if (c < 0x800) {
				bytes++;
			}
			else if (!Character.isSurrogate(c)) {
				bytes += 2;
			}
			else if (Character.isHighSurrogate(c) && i + 1 < chars && Character.isLowSurrogate(text.charAt(i + 1))) {
				bytes += 2;
				i++;
			}
		}
		return bytes;
	}

}
