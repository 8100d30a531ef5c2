package io.presence.redis.model;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * The small functions that the scripts share.
 */
final class Lua {

	private static final Pattern INTEGER = Pattern.compile("[0-9]{1,16}");

	private static final Pattern HEAD = Pattern.compile("([0-9]+) ([0-9]+)");

	private static final long LIMIT = 9_000_000_000_000_000L;

	private static final long DAY = 86_400_000;

	private Lua() {
	}

	/**
	 * Returns a number that a script accepts, -1 otherwise.
	 */
	static long integer(@Nullable String text) {
		if (text == null || !INTEGER.matcher(text).matches()) {
			return -1;
		}
		long number = Long.parseLong(text);
		return (number < LIMIT) ? number : -1;
	}

	static String netstring(String value) {
		return value.length() + ":" + value;
	}

	static long bookkeeping(long ttl) {
		return Math.max(DAY, 2 * ttl);
	}

	/**
	 * Returns version and count of a topic, {@code null} if it is not there; one that is
	 * unreadable is deleted.
	 */
	static long @Nullable [] head(Keyspace keys, String key) {
		String text = keys.get(key, "h");
		Matcher matcher = HEAD.matcher((text != null) ? text : "");
		if (matcher.matches()) {
			long[] head = { integer(matcher.group(1)), integer(matcher.group(2)) };
			if (head[0] >= 0 && head[1] >= 0) {
				return head;
			}
		}
		if (keys.delete(key)) {
			keys.repaired();
		}
		return null;
	}

}
