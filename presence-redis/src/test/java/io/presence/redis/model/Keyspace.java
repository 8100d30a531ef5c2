package io.presence.redis.model;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * The keys of a server, with their expiry. All text is bytes: each {@code char} is one
 * byte.
 */
final class Keyspace {

	private final Map<String, Entry> entries = new HashMap<>();

	private final LongSupplier micros;

	private int repaired;

	/**
	 * Creates an empty key space.
	 * @param micros the server's clock
	 */
	Keyspace(LongSupplier micros) {
		this.micros = micros;
	}

	long micros() {
		return this.micros.getAsLong();
	}

	long millis() {
		return Math.floorDiv(micros(), 1000);
	}

	/**
	 * Returns the hash at a key, {@code null} if there is none; a key of another type is
	 * deleted and counted.
	 */
	@Nullable Map<String, String> hash(String key) {
		return typed(key, Hash.class) instanceof Hash hash ? hash.fields() : null;
	}

	boolean isHash(String key) {
		Entry entry = live(key);
		return entry != null && entry.value instanceof Hash;
	}

	@Nullable String get(String key, String field) {
		Map<String, String> hash = hash(key);
		return (hash != null) ? hash.get(field) : null;
	}

	void put(String key, String field, String value) {
		Entry entry = this.entries.computeIfAbsent(key, (absent) -> new Entry(new Hash(new LinkedHashMap<>())));
		((Hash) entry.value).fields().put(field, value);
	}

	boolean remove(String key, String field) {
		Map<String, String> hash = hash(key);
		if (hash == null || hash.remove(field) == null) {
			return false;
		}
		if (hash.isEmpty()) {
			this.entries.remove(key);
		}
		return true;
	}

	int size(String key) {
		Map<String, String> hash = hash(key);
		return (hash != null) ? hash.size() : 0;
	}

	/**
	 * Returns the sorted set at a key, {@code null} if there is none; a key of another
	 * type is deleted and counted.
	 */
	@Nullable Map<String, Double> sortedSet(String key) {
		return typed(key, SortedSet.class) instanceof SortedSet set ? set.scores() : null;
	}

	void score(String key, String member, double score) {
		Entry entry = this.entries.computeIfAbsent(key, (absent) -> new Entry(new SortedSet(new HashMap<>())));
		((SortedSet) entry.value).scores().put(member, score);
	}

	void removeScore(String key, String member) {
		Map<String, Double> set = sortedSet(key);
		if (set != null && set.remove(member) != null && set.isEmpty()) {
			this.entries.remove(key);
		}
	}

	/**
	 * Puts a string at a key, as a foreign program would.
	 */
	void putString(String key, String value) {
		this.entries.put(key, new Entry(new Text(value)));
	}

	boolean exists(String key) {
		return live(key) != null;
	}

	boolean delete(String key) {
		return live(key) != null && this.entries.remove(key) != null;
	}

	void expire(String key, long millis) {
		Entry entry = live(key);
		if (entry != null) {
			entry.expiresAt = millis() + millis;
		}
	}

	boolean expires(String key) {
		Entry entry = live(key);
		return entry != null && entry.expiresAt >= 0;
	}

	/**
	 * Returns how many unreadable values were found since the last call, and begins anew.
	 */
	int takeRepaired() {
		int count = this.repaired;
		this.repaired = 0;
		return count;
	}

	void repaired() {
		this.repaired++;
	}

	void clear() {
		this.entries.clear();
	}

	SortedMap<String, RedisValue> dump() {
		SortedMap<String, RedisValue> dump = new TreeMap<>();
		for (String key : this.entries.keySet().toArray(String[]::new)) {
			Entry entry = live(key);
			if (entry != null) {
				dump.put(key, entry.copy());
			}
		}
		return dump;
	}

	void restore(SortedMap<String, RedisValue> dump) {
		this.entries.clear();
		dump.forEach((key, value) -> this.entries.put(key, Entry.of(value)));
	}

	private @Nullable Object typed(String key, Class<?> type) {
		Entry entry = live(key);
		if (entry == null || type.isInstance(entry.value)) {
			return (entry != null) ? entry.value : null;
		}
		this.entries.remove(key);
		this.repaired++;
		return null;
	}

	private @Nullable Entry live(String key) {
		Entry entry = this.entries.get(key);
		if (entry != null && entry.expiresAt >= 0 && millis() > entry.expiresAt) {
			this.entries.remove(key);
			return null;
		}
		return entry;
	}

	private record Hash(Map<String, String> fields) {

	}

	private record SortedSet(Map<String, Double> scores) {

	}

	private record Text(String value) {

	}

	private static final class Entry {

		private final Object value;

		private long expiresAt = -1;

		private Entry(Object value) {
			this.value = value;
		}

		private RedisValue copy() {
			if (this.value instanceof Hash hash) {
				return new RedisValue("hash", new LinkedHashMap<>(hash.fields()), this.expiresAt);
			}
			if (this.value instanceof SortedSet set) {
				Map<String, String> scores = new TreeMap<>();
				set.scores().forEach((member, score) -> scores.put(member, RedisValue.score(score)));
				return new RedisValue("zset", scores, this.expiresAt);
			}
			return new RedisValue("string", Map.of("", ((Text) this.value).value()), this.expiresAt);
		}

		private static Entry of(RedisValue dumped) {
			Entry entry = new Entry(switch (dumped.type()) {
				case "hash" -> new Hash(new LinkedHashMap<>(dumped.content()));
				case "zset" -> {
					Map<String, Double> scores = new HashMap<>();
					dumped.content().forEach((member, score) -> scores.put(member, RedisValue.score(score)));
					yield new SortedSet(scores);
				}
				default -> new Text(dumped.content().getOrDefault("", ""));
			});
			entry.expiresAt = dumped.expiresAt();
			return entry;
		}

	}

}
