package io.presence.json;

import java.util.HexFormat;

/**
 * Writes strings in their one canonical form.
 * <p>
 * Escaped are the quote, the backslash, the control characters below U+0020 (in their
 * short form where JSON has one), U+2028 and U+2029, which end a line in older
 * JavaScript, and lone surrogates, which UTF-8 cannot carry.
 */
public final class JsonStrings {

	private static final HexFormat HEX = HexFormat.of();

	private JsonStrings() {
	}

	/**
	 * Appends a string as JSON, quotes included.
	 * @param value the string
	 * @param out where to
	 */
	public static void append(String value, StringBuilder out) {
		out.append('"');
		int length = value.length();
		int plain = 0;
		for (int i = 0; i < length; i++) {
			char c = value.charAt(i);
			if (isPlain(c)) {
				continue;
			}
			if (Character.isHighSurrogate(c) && i + 1 < length && Character.isLowSurrogate(value.charAt(i + 1))) {
				i++;
				continue;
			}
			out.append(value, plain, i);
			plain = i + 1;
			appendEscape(c, out);
		}
		out.append(value, plain, length).append('"');
	}

	private static boolean isPlain(char c) {
		if (c < 0x80) {
			return c >= ' ' && c != '"' && c != '\\';
		}
		return c != '\u2028' && c != '\u2029' && !Character.isSurrogate(c);
	}

	/**
	 * Appends the escape of a character.
	 * @param c the character
	 * @param out where to
	 */
	public static void appendEscape(char c, StringBuilder out) {
		switch (c) {
			case '"', '\\' -> out.append('\\').append(c);
			case '\b' -> out.append("\\b");
			case '\t' -> out.append("\\t");
			case '\n' -> out.append("\\n");
			case '\f' -> out.append("\\f");
			case '\r' -> out.append("\\r");
			default -> out.append("\\u").append(HEX.toHexDigits(c));
		}
	}

}
