package io.presence.redis;

/**
 * Decimal numbers in what Redis replies and publishes.
 */
final class Numbers {

	private static final int MAX_DIGITS = 16;

	private Numbers() {
	}

	/**
	 * Reads a small number.
	 * @param text where it stands
	 * @param from its first character
	 * @param to after its last character, at most nine later
	 * @return the number, negative if there is none
	 */
	static int digits(String text, int from, int to) {
		int number = (from < to) ? 0 : -1;
		for (int i = from; i < to; i++) {
			int digit = text.charAt(i) - '0';
			if (digit < 0 || digit > 9) {
				return -1;
			}
			number = number * 10 + digit;
		}
		return number;
	}

	/**
	 * Reads a number below 10^16.
	 * @param text the text
	 * @return the number, negative if it is none
	 */
	static long decimal(String text) {
		if (text.isEmpty() || text.length() > MAX_DIGITS) {
			return -1;
		}
		long number = 0;
		for (int i = 0; i < text.length(); i++) {
			int digit = text.charAt(i) - '0';
			if (digit < 0 || digit > 9) {
				return -1;
			}
			number = number * 10 + digit;
		}
		return number;
	}

}
