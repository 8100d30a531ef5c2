package io.presence.redis;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Tells what changed in a topic.
 *
 * @param from the version before, 0 if the topic was not there
 * @param version the version after
 * @param count the number of members after
 * @param sender the registration that committed or reaped
 * @param changes field and value, one after the other; a value that begins with {@code -}
 * tells that the field is gone
 */
record TopicMessage(long from, long version, int count, String sender, List<String> changes) {

	private static final int HEAD = 4;

	static @Nullable TopicMessage of(Message message) {
		List<String> fields = message.fields();
		if (message.kind() != Message.TOPIC || fields.size() < HEAD || fields.size() % 2 != 0) {
			return null;
		}
		long from = Numbers.decimal(fields.get(0));
		long version = Numbers.decimal(fields.get(1));
		long count = Numbers.decimal(fields.get(2));
		if (from < 0 || version <= 0 || count < 0 || count > Integer.MAX_VALUE) {
			return null;
		}
		return new TopicMessage(from, version, (int) count, fields.get(3), fields.subList(HEAD, fields.size()));
	}

}
