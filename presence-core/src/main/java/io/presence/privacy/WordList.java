package io.presence.privacy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Finds sensitive words in a name.
 */
final class WordList {

	/**
	 * Words that stand beside sensitive ones in names that are written without a gap. Not
	 * sensitive themselves: they only tell a run of words from a longer word that
	 * contains a sensitive one by chance.
	 */
	private static final List<String> COMPANIONS = List.of("access", "account", "addr", "admin", "api", "app", "asp",
			"client", "code", "confirm", "csrf", "current", "customer", "data", "db", "device", "encrypted", "expiry",
			"hash", "hashed", "header", "home", "host", "http", "https", "id", "info", "key", "login", "mobile", "my",
			"name", "net", "new", "number", "old", "php", "plain", "private", "public", "raw", "refresh", "remote",
			"reset", "root", "salt", "server", "string", "tele", "temp", "text", "user", "value", "verify", "web",
			"work", "cell", "line", "street", "mail");

	private static final Map<String, String> OTHER_SPELLINGS = Map.of("ipv", "ip", "sess", "session", "oauth", "auth");

	/**
	 * Single letters that begin a run, as in {@code jsessionid} and {@code xauthtoken}.
	 */
	private static final String LETTERS_IN_FRONT = "jx";

	private static final int MIN_AFTER_LETTER = 4;

	/**
	 * Below this, the ends of two words are too easily a third one by chance.
	 */
	private static final int MIN_SPLIT_WORD = 5;

	private static final int MAX_RUN = 64;

	private final Map<String, List<List<String>>> entriesByFirstWord = new HashMap<>();

	/**
	 * Every word that is known, in singular and plural, with the word that it stands for.
	 */
	private final Map<String, String> vocabulary = new HashMap<>();

	private int longestWord;

	WordList(List<String> entries) {
		for (String companion : COMPANIONS) {
			learn(companion, companion);
		}
		for (String entry : entries) {
			List<String> entryWords = NameWords.of(entry);
			if (entryWords.isEmpty()) {
				throw new IllegalArgumentException("'" + entry
						+ "' is no sensitive word: give letters or digits (presence.select.sensitive-words, "
						+ "presence.select.additional-sensitive-words)");
			}
			this.entriesByFirstWord.computeIfAbsent(entryWords.get(0), (first) -> new ArrayList<>()).add(entryWords);
		}
		// After the companions, and the plurals first, so that a word of an entry always
		// stands for itself.
		List<String> words = this.entriesByFirstWord.values()
			.stream()
			.flatMap(List::stream)
			.flatMap(List::stream)
			.toList();
		words.forEach((word) -> learn(plural(word), word));
		words.forEach((word) -> learn(word, word));
		OTHER_SPELLINGS.forEach((spelling, word) -> {
			if (this.entriesByFirstWord.containsKey(word)) {
				this.vocabulary.putIfAbsent(spelling, word);
			}
		});
	}

	private void learn(String spelling, String word) {
		this.vocabulary.put(spelling, word);
		this.longestWord = Math.max(this.longestWord, spelling.length());
	}

	private static String plural(String word) {
		if (word.endsWith("s") || word.endsWith("x") || word.endsWith("z") || word.endsWith("ch")
				|| word.endsWith("sh")) {
			return word + "es";
		}
		if (word.length() > 1 && word.endsWith("y") && "aeiou".indexOf(word.charAt(word.length() - 2)) < 0) {
			return word.substring(0, word.length() - 1) + "ies";
		}
		return word + "s";
	}

	boolean occurIn(String name) {
		List<String> words = NameWords.of(name);
		for (int i = 1; i < words.size(); i++) {
			if (isSplitWord(words.get(i - 1) + words.get(i))) {
				return true;
			}
		}
		List<String> known = new ArrayList<>(words.size() + 2);
		for (String word : words) {
			known.addAll(parts(word));
		}
		for (int i = 0; i < known.size(); i++) {
			if (entryBegins(known, i)) {
				return true;
			}
		}
		return false;
	}

	private boolean isSplitWord(String joined) {
		return joined.length() >= MIN_SPLIT_WORD && joined.length() <= this.longestWord
				&& isEntry(this.vocabulary.get(joined));
	}

	private boolean isEntry(@Nullable String word) {
		return word != null && this.entriesByFirstWord.getOrDefault(word, List.of())
			.stream()
			.anyMatch((entry) -> entry.size() == 1);
	}

	private boolean entryBegins(List<String> words, int at) {
		for (List<String> entry : this.entriesByFirstWord.getOrDefault(words.get(at), List.of())) {
			if (entryStands(entry, words, at)) {
				return true;
			}
		}
		return false;
	}

	private static boolean entryStands(List<String> entry, List<String> words, int at) {
		int i = at;
		for (String word : entry) {
			while (i < words.size() && isNumber(words.get(i)) && !isNumber(word)) {
				i++;
			}
			if (i == words.size() || !words.get(i).equals(word)) {
				return false;
			}
			i++;
		}
		return true;
	}

	/**
	 * Returns the words that a run consists of, or the run itself if it is not made of
	 * known words.
	 */
	private List<String> parts(String run) {
		String word = this.vocabulary.get(run);
		if (word != null) {
			return List.of(word);
		}
		if (run.length() > MAX_RUN) {
			return List.of(run);
		}
		List<String> parts = new ArrayList<>();
		boolean letterInFront = run.length() > MIN_AFTER_LETTER && LETTERS_IN_FRONT.indexOf(run.charAt(0)) >= 0;
		if (divide(run, 0, parts, new boolean[run.length()])
				|| (letterInFront && divide(run, 1, parts, new boolean[run.length()]))) {
			return parts;
		}
		return List.of(run);
	}

	private boolean divide(String run, int from, List<String> parts, boolean[] deadEnds) {
		if (from == run.length()) {
			return true;
		}
		if (deadEnds[from]) {
			return false;
		}
		for (int to = Math.min(run.length(), from + this.longestWord); to > from + 1; to--) {
			String word = this.vocabulary.get(run.substring(from, to));
			if (word != null) {
				parts.add(word);
				if (divide(run, to, parts, deadEnds)) {
					return true;
				}
				parts.remove(parts.size() - 1);
			}
		}
		deadEnds[from] = true;
		return false;
	}

	private static boolean isNumber(String word) {
		return Character.isDigit(word.charAt(0));
	}

}
