package io.presence.redis;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A message on one of our channels: {@code P}, the version of the format, a letter, and
 * fields, each {@code <length in bytes>:<bytes>}.
 *
 * @param kind the letter
 * @param fields the fields, as {@linkplain Octets octets}
 */
record Message(char kind, List<String> fields) {

	static final char TOPIC = 't';

	static final char LEASE = 'l';

	static final char KICK = 'k';

	static final char KICK_ANSWER = 'a';

	private static final String HEAD = "P1";

	private static final int MAX_LENGTH_DIGITS = 9;

	/**
	 * Reads a message.
	 * @param octets what was published
	 * @return the message, {@code null} if it is not ours or of another version
	 */
	static @Nullable Message parse(String octets) {
		if (!octets.startsWith(HEAD) || octets.length() < HEAD.length() + 1) {
			return null;
		}
		List<String> fields = new ArrayList<>();
		int at = HEAD.length() + 1;
		while (at < octets.length()) {
			int colon = octets.indexOf(':', at);
			int length = (colon > at && colon - at <= MAX_LENGTH_DIGITS) ? Numbers.digits(octets, at, colon) : -1;
			if (length < 0 || length > octets.length() - colon - 1) {
				return null;
			}
			at = colon + 1 + length;
			fields.add(octets.substring(colon + 1, at));
		}
		return new Message(octets.charAt(HEAD.length()), fields);
	}

	/**
	 * Returns the message as it is published.
	 * @return octets
	 */
	String format() {
		StringBuilder text = new StringBuilder(HEAD).append(this.kind);
		this.fields.forEach((field) -> text.append(field.length()).append(':').append(field));
		return text.toString();
	}

	/**
	 * Tells whether text looks like a message of another version of Presence.
	 * @param octets what was published
	 * @return whether it does
	 */
	static boolean isOfOtherVersion(String octets) {
		return octets.matches("(?s)P[0-9]{1,9}[a-z].*");
	}

}
