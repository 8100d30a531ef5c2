package io.presence.redis;

import java.util.ArrayList;
import java.util.List;

import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.sync.RedisScriptingCommands;

/**
 * Runs the scripts as they are, for one bucket, with the usual arguments. Text is bytes:
 * each {@code char} is one byte.
 *
 * @param commands the connection
 * @param bucket the bucket's key
 * @param sharded whether to publish with {@code SPUBLISH}
 */
record RealScripts(RedisScriptingCommands<byte[], byte[]> commands, String bucket, boolean sharded) {

	static final String TTL = "90000";

	List<Object> lease(String registration, boolean register, List<String> topics) {
		return run(Script.LEASE, keys(registration, topics),
				List.of(registration, "10000", "10000", TTL, this.sharded ? "1" : "0", register ? "1" : "0"));
	}

	List<Object> commit(String registration, int batch, List<String> topics, List<String> marks) {
		return commit(registration, batch, 0, topics, marks);
	}

	List<Object> commit(String registration, int batch, long grace, List<String> topics, List<String> marks) {
		List<String> arguments = new ArrayList<>(
				List.of(registration, "" + batch, TTL, "0", this.sharded ? "1" : "0", "" + grace));
		arguments.addAll(marks);
		return run(Script.COMMIT, keys(registration, topics), arguments);
	}

	List<Object> end(String registration, long grace) {
		return run(Script.END, keys(registration, List.of()), List.of(registration, "" + grace, "shutdown", TTL));
	}

	List<Object> reap(String registration, List<String> topics, String cursor) {
		return run(Script.REAP, keys(registration, topics),
				List.of(registration, cursor, "500", TTL, this.sharded ? "1" : "0", "reaper", "1"));
	}

	List<Object> read(String topic, String cursor) {
		return run(Script.READ, List.of(this.bucket, topic(topic)), List.of(cursor, "1000"));
	}

	List<Object> topics(String registration, String cursor) {
		return run(Script.TOPICS, List.of(index(registration)), List.of(cursor, "1000"));
	}

	List<Object> run(Script script, List<String> keys, List<String> arguments) {
		return HookedRedis.texts(this.commands.eval(script.text(), ScriptOutputType.MULTI,
				keys.stream().map(HookedRedis::bytes).toArray(byte[][]::new),
				arguments.stream().map(HookedRedis::bytes).toArray(byte[][]::new)));
	}

	String topic(String name) {
		return this.bucket + ":t:" + name;
	}

	String index(String registration) {
		return this.bucket + ":i:" + registration;
	}

	String instances() {
		return this.bucket + ":instances";
	}

	private List<String> keys(String registration, List<String> topics) {
		List<String> keys = new ArrayList<>(List.of(this.bucket, instances(), index(registration)));
		topics.forEach((topic) -> keys.add(topic(topic)));
		return keys;
	}

}
