package io.presence.redis.model;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * A Redis server that knows nothing but the scripts: what they do to keys, what they
 * reply and what they publish, exactly and without I/O, on a clock that is passed in. For
 * one thread at a time.
 * <p>
 * A differential test holds it equal to a real server that runs the real scripts.
 */
public final class RedisModel {

	private final Keyspace keys;

	private final Publisher publisher;

	/**
	 * Creates an empty server.
	 * @param micros the server's clock in microseconds since 1970, which may jump
	 * @param publisher what hears of messages
	 */
	public RedisModel(LongSupplier micros, Publisher publisher) {
		this.keys = new Keyspace(micros);
		this.publisher = publisher;
	}

	/**
	 * Runs a script, as {@code EVALSHA} would.
	 * @param script the name of its file, without the suffix
	 * @param keyNames {@code KEYS}
	 * @param arguments {@code ARGV}
	 * @return the reply: {@code byte[]}, {@code Long} and lists of them
	 * @throws IllegalArgumentException if there is no such script
	 */
	public List<Object> run(String script, List<byte[]> keyNames, List<byte[]> arguments) {
		List<String> names = keyNames.stream().map(RedisModel::text).toList();
		List<String> texts = arguments.stream().map(RedisModel::text).toList();
		this.keys.takeRepaired();
		return bytes(switch (script) {
			case "commit" -> new ModelCommit(this.keys, this.publisher).run(names, texts);
			case "lease" -> new ModelLease(this.keys, this.publisher).lease(names, texts);
			case "end" -> new ModelLease(this.keys, this.publisher).end(names, texts);
			case "reap" -> new ModelReap(this.keys, this.publisher).run(names, texts);
			case "read" -> read(names, texts);
			case "topics" -> topics(names.get(0), texts);
			default -> throw new IllegalArgumentException("No such script: " + script);
		});
	}

	private List<Object> read(List<String> names, List<String> arguments) {
		String key = names.get(1);
		long[] head = Lua.head(this.keys, key);
		if (head == null) {
			long last = Math.max(Lua.integer(this.keys.get(names.get(0), "c")), 0);
			return List.of(Long.toString(last), "0", "0", (long) this.keys.takeRepaired());
		}
		int limit = Integer.parseInt(arguments.get(1));
		ModelScan piece = new ModelScan("0", List.of());
		Map<String, String> topic = this.keys.hash(key);
		if (limit > 0 && topic != null) {
			boolean whole = arguments.get(0).equals("0") && topic.size() <= limit + 1;
			piece = whole ? new ModelScan("0", List.copyOf(topic.keySet()))
					: ModelScan.of(topic, arguments.get(0), limit);
			long found = topic.keySet().stream().filter((field) -> field.startsWith("m")).count();
			if (whole && found != head[1]) {
				head[1] = found;
				this.keys.repaired();
				this.keys.put(key, "h", head[0] + " " + found);
			}
		}
		List<Object> reply = new ArrayList<>(List.of(Long.toString(head[0]), Long.toString(head[1]), piece.cursor(),
				(long) this.keys.takeRepaired()));
		for (String field : piece.fields()) {
			if (!field.equals("h") && topic != null) {
				reply.add(field);
				reply.add(topic.get(field));
			}
		}
		return reply;
	}

	private List<Object> topics(String index, List<String> arguments) {
		ModelScan piece = ModelScan.of(this.keys.hash(index), arguments.get(0), Integer.parseInt(arguments.get(1)));
		List<Object> reply = new ArrayList<>(List.of(piece.cursor()));
		String topics = index.substring(0, index.lastIndexOf(":i:")) + ":t:";
		piece.fields().stream().filter((field) -> !field.startsWith("__")).filter((topic) -> {
			long[] head = Lua.head(this.keys, topics + topic);
			return head != null && head[1] > 0;
		}).forEach(reply::add);
		return reply;
	}

	/**
	 * Deletes everything, as {@code FLUSHALL} would.
	 */
	public void flush() {
		this.keys.clear();
	}

	/**
	 * Deletes a key.
	 * @param key the key
	 * @return whether it was there
	 */
	public boolean delete(String key) {
		return this.keys.delete(key);
	}

	/**
	 * Puts a string at a key, whatever it held, as a foreign program would.
	 * @param key the key
	 * @param value the string
	 */
	public void putString(String key, String value) {
		this.keys.putString(key, value);
	}

	/**
	 * Sets a field of the hash at a key, as a foreign program would.
	 * @param key the key; a key that holds something else is deleted first
	 * @param field the field
	 * @param value the value
	 */
	public void putField(String key, String field, String value) {
		this.keys.hash(key);
		this.keys.put(key, field, value);
	}

	/**
	 * Deletes a field of the hash at a key, as a foreign program would.
	 * @param key the key; a key that holds something else is deleted
	 * @param field the field
	 */
	public void deleteField(String key, String field) {
		this.keys.remove(key, field);
	}

	/**
	 * Sets a score of the sorted set at a key, as a foreign program would.
	 * @param key the key; a key that holds something else is deleted first
	 * @param member the member
	 * @param score the score
	 */
	public void putScore(String key, String member, double score) {
		this.keys.sortedSet(key);
		this.keys.score(key, member, score);
	}

	/**
	 * Returns the value of a field of a hash.
	 * @param key the key
	 * @param field the field
	 * @return the value, {@code null} if there is none
	 */
	public @Nullable String field(String key, String field) {
		return this.keys.isHash(key) ? this.keys.get(key, field) : null;
	}

	/**
	 * Returns everything that is stored and not expired, to look at, or to
	 * {@linkplain #restore restore} later.
	 * @return a copy, by key
	 */
	public SortedMap<String, RedisValue> dump() {
		return this.keys.dump();
	}

	/**
	 * Replaces everything by what was stored earlier, as a restart from a dump or the
	 * promotion of a replica that lags behind would.
	 * @param dump what {@link #dump} returned
	 */
	public void restore(SortedMap<String, RedisValue> dump) {
		this.keys.restore(dump);
	}

	private static String text(byte[] bytes) {
		return new String(bytes, StandardCharsets.ISO_8859_1);
	}

	private static List<Object> bytes(List<Object> reply) {
		List<Object> converted = new ArrayList<>(reply.size());
		for (Object item : reply) {
			if (item instanceof String text) {
				converted.add(text.getBytes(StandardCharsets.ISO_8859_1));
			}
			else if (item instanceof List<?> list) {
				converted.add(bytes(new ArrayList<>(list)));
			}
			else {
				converted.add(item);
			}
		}
		return converted;
	}

}
