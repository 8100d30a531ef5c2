package io.presence.redis;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A topic that is being read in pieces, and the messages that came meanwhile.
 */
final class TopicRead {

	private final long startedAt;

	private final Map<String, String> fields = new HashMap<>();

	private final List<TopicMessage> messages = new ArrayList<>();

	private long version = -1;

	TopicRead(long startedAt) {
		this.startedAt = startedAt;
	}

	long startedAt() {
		return this.startedAt;
	}

	/**
	 * Returns the version of the first piece: messages above it are applied to what was
	 * read.
	 * @return the version
	 */
	long version() {
		return this.version;
	}

	Map<String, String> fields() {
		return this.fields;
	}

	List<TopicMessage> messages() {
		return this.messages;
	}

	/**
	 * Takes a piece.
	 * @param reply the reply of the read script
	 * @return the cursor of the next piece, {@code 0} if it was the last
	 */
	String take(Reply reply) {
		if (this.version < 0) {
			this.version = reply.number(0);
		}
		for (int i = 4; i + 1 < reply.size(); i += 2) {
			this.fields.put(reply.text(i), reply.text(i + 1));
		}
		return reply.text(2);
	}

}
