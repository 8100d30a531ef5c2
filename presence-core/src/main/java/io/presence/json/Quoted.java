package io.presence.json;

/**
 * Quotes texts of unknown origin for messages and logs.
 */
public final class Quoted {

	private static final int MAX_CHARS = 64;

	private Quoted() {
	}

	/**
	 * Returns the text in double quotes, shortened to 64 UTF-16 units, with all that is
	 * not printable ASCII, the quote and the backslash escaped as in JSON.
	 * @param text any text
	 * @return one line of printable ASCII
	 */
	public static String of(String text) {
		int shown = Math.min(text.length(), MAX_CHARS);
		StringBuilder out = new StringBuilder(shown + 8).append('"');
		for (int i = 0; i < shown; i++) {
			char c = text.charAt(i);
			if (c == '"' || c == '\\') {
				out.append('\\').append(c);
			}
			else if (c >= ' ' && c < 0x7f) {
				out.append(c);
			}
			else {
				JsonStrings.appendEscape(c, out);
			}
		}
		return out.append((shown < text.length()) ? "\"..." : "\"").toString();
	}

}
