package io.presence.privacy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Splits names into words, in lower case: at every change of case, between letters and
 * digits, and at all other characters. A run of capitals is one word, with its plural s:
 * {@code userIPs} is {@code user ips}.
 */
final class NameWords {

	private NameWords() {
	}

	static List<String> of(String name) {
		List<String> words = new ArrayList<>(4);
		int start = 0;
		int length = name.length();
		for (int i = 0; i <= length; i++) {
			if (i == length || !Character.isLetterOrDigit(name.charAt(i))) {
				add(name, start, i, words);
				start = i + 1;
			}
			else if (i > start && startsWord(name, start, i)) {
				add(name, start, i, words);
				start = i;
			}
		}
		return words;
	}

	private static boolean startsWord(String name, int start, int i) {
		char previous = name.charAt(i - 1);
		char c = name.charAt(i);
		if (Character.isDigit(previous) != Character.isDigit(c)) {
			return true;
		}
		if (!Character.isUpperCase(c)) {
			return false;
		}
		if (!Character.isUpperCase(previous)) {
			return true;
		}
		boolean lowerFollows = i + 1 < name.length() && Character.isLowerCase(name.charAt(i + 1));
		return lowerFollows && !(i > start && isPluralOfCapitals(name, i + 1));
	}

	private static boolean isPluralOfCapitals(String name, int i) {
		return name.charAt(i) == 's' && (i + 1 == name.length() || !Character.isLowerCase(name.charAt(i + 1)));
	}

	private static void add(String name, int start, int end, List<String> words) {
		if (end > start) {
			words.add(name.substring(start, end).toLowerCase(Locale.ROOT));
		}
	}

}
