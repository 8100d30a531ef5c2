package io.presence.redis.model;

import java.util.ArrayList;
import java.util.List;

/**
 * A topic as a script works on it: what it was, and what changed.
 */
final class ModelTopic {

	final String key;

	final boolean absent;

	final List<String> changes = new ArrayList<>();

	private final Keyspace keys;

	private final long version;

	private long count;

	/** How many more fields of the topic are the registration's than before. */
	private int mine;

	ModelTopic(Keyspace keys, String key) {
		this.keys = keys;
		this.key = key;
		long[] head = Lua.head(keys, key);
		this.absent = head == null;
		this.version = (head != null) ? head[0] : 0;
		this.count = (head != null) ? head[1] : 0;
	}

	static String name(String bucket, String key) {
		return key.substring((bucket + ":t:").length());
	}

	/**
	 * Returns the key that tells that a member has left by choice.
	 */
	String note(String field) {
		int at = this.key.indexOf(":t:");
		return this.key.substring(0, at) + ":l:" + Lua.netstring(this.key.substring(at + 3)) + field.substring(1);
	}

	long count() {
		return this.count;
	}

	void counted() {
		this.count++;
	}

	int mine() {
		return this.mine;
	}

	void mine(int difference) {
		this.mine += difference;
	}

	void change(String field, String value) {
		this.changes.add(field);
		this.changes.add(value);
	}

	void put(String field, String value) {
		this.keys.put(this.key, field, value);
		change(field, value);
	}

	void removeMember(String field, String reason) {
		this.keys.remove(this.key, field);
		this.count = Math.max(this.count - 1, 0);
		change(field, "-" + reason);
	}

	static long nextVersion(Keyspace keys, String bucket, List<ModelTopic> topics, long ttl) {
		long given = Lua.integer(keys.get(bucket, "c"));
		long now = keys.micros();
		long version = Math.max(now, Math.max(given, 0) + 1);
		if (version - now > 1_000_000) {
			version += now % 997;
		}
		for (ModelTopic topic : topics) {
			version = Math.max(version, topic.version + 1);
		}
		keys.put(bucket, "c", Long.toString(version));
		if (given < 0) {
			keys.expire(bucket, Lua.bookkeeping(ttl));
		}
		return version;
	}

	/**
	 * Gives the topic its version, or deletes it, and returns the message.
	 */
	String close(long version, String sender, long ttl) {
		if (this.keys.size(this.key) <= (this.absent ? 0 : 1)) {
			this.keys.delete(this.key);
			this.count = 0;
		}
		else {
			this.keys.put(this.key, "h", version + " " + this.count);
			if (ttl > 0) {
				this.keys.expire(this.key, ttl);
			}
		}
		StringBuilder message = new StringBuilder("P1t");
		for (String field : List.of(Long.toString(this.version), Long.toString(version), Long.toString(this.count),
				sender)) {
			message.append(Lua.netstring(field));
		}
		this.changes.forEach((value) -> message.append(Lua.netstring(value)));
		return message.toString();
	}

}
