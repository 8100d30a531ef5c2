package io.presence.privacy;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Tells which names look as if others should not see what is under them: those that begin
 * with {@code __}, and those that contain a sensitive word.
 * <p>
 * Names are compared word by word ({@code camelCase}, {@code snake_case},
 * {@code kebab-case}), in singular and plural, in any case, and also where words are run
 * together ({@code sessionid}, {@code JSESSIONID}), but never by substring:
 * {@code author}, {@code tokenizer} and {@code shipping} are not sensitive. An entry of
 * several words, such as {@code api key}, means these words one after the other. A word
 * in the list stands for its plural too, not the other way round: {@code authorities}
 * leaves {@code authority} alone.
 * <p>
 * Immutable but for a bounded memory of decisions; safe for use by many threads.
 */
public final class SensitiveNames implements Predicate<String> {

	/**
	 * The words that are sensitive unless an application chooses others.
	 */
	public static final List<String> DEFAULT_WORDS = List.of("token", "secret", "password", "passwd", "pwd",
			"passphrase", "pin", "ssn", "auth", "authorization", "session", "sid", "cookie", "jwt", "bearer", "csrf",
			"xsrf", "credential", "authentication", "authorities", "otp", "totp", "mfa", "cvv", "iban", "api key",
			"private key", "access key", "email", "phone", "ip", "address");

	private static final List<String> HARD_SECRETS = List.of("token", "secret", "password", "passwd", "pwd",
			"passphrase", "ssn", "authorization", "session id", "sid", "cookie", "jwt", "bearer", "csrf", "xsrf",
			"credential", "otp", "totp", "cvv", "api key", "private key", "access key");

	private static final String HIDDEN_PREFIX = "__";

	private static final int MAX_REMEMBERED = 2048;

	private static final int MAX_REMEMBERED_LENGTH = 64;

	private final List<String> entries;

	private final WordList words;

	private final Map<String, Boolean> remembered = new ConcurrentHashMap<>();

	private SensitiveNames(List<String> entries) {
		this.entries = entries;
		this.words = new WordList(entries);
	}

	/**
	 * Returns the names that are sensitive by default.
	 * @return the check with {@link #DEFAULT_WORDS}
	 */
	public static SensitiveNames defaults() {
		return of(DEFAULT_WORDS);
	}

	/**
	 * Returns a check with words of the application's own.
	 * @param words words, or several words separated as in a name
	 * @return the check; with no words, only names that begin with {@code __} are
	 * sensitive
	 * @throws IllegalArgumentException if an entry has no letter or digit
	 */
	public static SensitiveNames of(Collection<String> words) {
		return new SensitiveNames(List.copyOf(words));
	}

	/**
	 * Returns this check with more words.
	 * @param additional words, or several words separated as in a name
	 * @return the wider check
	 * @throws IllegalArgumentException if an entry has no letter or digit
	 */
	public SensitiveNames and(Collection<String> additional) {
		List<String> all = new ArrayList<>(this.entries);
		all.addAll(additional);
		return of(all);
	}

	/**
	 * Returns the check for what an application's own selector returned: secrets that are
	 * never meant for others, such as passwords and tokens, but not what a selector may
	 * show on purpose, such as an email address. What this check lets pass, that one does
	 * too.
	 * @return the narrower check
	 */
	public SensitiveNames hardSecrets() {
		return of(HARD_SECRETS.stream().filter(this).toList());
	}

	/**
	 * Tells whether a name is sensitive.
	 * @param name the name of a field
	 * @return {@code true} if what is under it must not be shown
	 */
	@Override
	public boolean test(String name) {
		Boolean known = this.remembered.get(name);
		if (known != null) {
			return known;
		}
		boolean sensitive = name.startsWith(HIDDEN_PREFIX) || this.words.occurIn(name);
		if (name.length() <= MAX_REMEMBERED_LENGTH) {
			if (this.remembered.size() >= MAX_REMEMBERED) {
				this.remembered.clear();
			}
			this.remembered.put(name, sensitive);
		}
		return sensitive;
	}

	int rememberedNames() {
		return this.remembered.size();
	}

}
