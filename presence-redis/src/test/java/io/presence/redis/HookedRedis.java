package io.presence.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;

import io.presence.redis.model.RedisValue;

/**
 * A real server that runs the real scripts on a clock of the test: each script has a few
 * lines in front that let it see the keys {@code test:clock} and {@code test:published}
 * in place of the server's time and channels. Keys expire when the test moves the clock.
 * Text is bytes: each {@code char} is one byte.
 */
final class HookedRedis implements AutoCloseable {

	private static final String HOOKS = """
			local server, clock = redis, redis.call('LRANGE', 'test:clock', '0', '-1')
			local redis = setmetatable({}, {__index = server})
			local function hook(call)
			  return function(command, ...)
			    if command == 'TIME' then
			      return clock
			    end
			    if command == 'PEXPIRE' then
			      local key, ms = ...
			      local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
			      return call('PEXPIREAT', key, string.format('%.0f', now + ms))
			    end
			    if command == 'PUBLISH' or command == 'SPUBLISH' then
			      server.call('RPUSH', 'test:published', command, ...)
			    end
			    return call(command, ...)
			  end
			end
			redis.call, redis.pcall = hook(server.call), hook(server.pcall)
			""";

	private static final String CLOCK = """
			redis.call('DEL', 'test:clock')
			redis.call('RPUSH', 'test:clock', ARGV[1], ARGV[2])
			for _, key in ipairs(redis.call('KEYS', 'presence:*')) do
			  local at = redis.call('PEXPIRETIME', key)
			  if at >= 0 and at < tonumber(ARGV[3]) then
			    redis.call('DEL', key)
			  end
			end
			""";

	private static final String DUMP = """
			local published, keys = redis.call('LRANGE', 'test:published', '0', '-1'), {}
			redis.call('DEL', 'test:published')
			for i, key in ipairs(redis.call('KEYS', 'presence:*')) do
			  local type, content = redis.call('TYPE', key).ok, nil
			  if type == 'hash' then
			    content = redis.call('HGETALL', key)
			  elseif type == 'zset' then
			    content = redis.call('ZRANGE', key, '0', '-1', 'WITHSCORES')
			  else
			    content = {'', redis.call('GET', key)}
			  end
			  keys[i] = {key, type, redis.call('PEXPIRETIME', key), content}
			end
			return {keys, published}
			""";

	private final Map<Script, String> digests = new EnumMap<>(Script.class);

	private final RedisClient client;

	private final StatefulRedisConnection<byte[], byte[]> connection;

	private final RedisCommands<byte[], byte[]> commands;

	HookedRedis(RedisURI uri) {
		this.client = RedisClient.create(uri);
		this.connection = this.client.connect(ByteArrayCodec.INSTANCE);
		this.commands = this.connection.sync();
		for (Script script : Script.values()) {
			this.digests.put(script, this.commands.scriptLoad(HOOKS + script.text()));
		}
	}

	void clock(long micros) {
		this.commands.eval(CLOCK, ScriptOutputType.STATUS, new byte[0][], bytes(micros / 1_000_000),
				bytes(micros % 1_000_000), bytes(micros / 1000));
	}

	List<Object> run(Script script, List<String> keys, List<String> arguments) {
		List<Object> reply = this.commands.evalsha(this.digests.get(script), ScriptOutputType.MULTI, array(keys),
				array(arguments));
		return texts(reply);
	}

	/**
	 * Returns everything that is stored, and everything that was published since the last
	 * call.
	 */
	State state() {
		List<Object> state = texts(this.commands.eval(DUMP, ScriptOutputType.MULTI));
		SortedMap<String, RedisValue> keys = new TreeMap<>();
		for (Object item : (List<?>) state.get(0)) {
			List<?> entry = (List<?>) item;
			Map<String, String> content = new LinkedHashMap<>();
			List<?> parts = (List<?>) entry.get(3);
			for (int i = 0; i < parts.size(); i += 2) {
				content.put((String) parts.get(i), (String) parts.get(i + 1));
			}
			keys.put((String) entry.get(0), new RedisValue((String) entry.get(1), content, (Long) entry.get(2)));
		}
		List<Published> published = new ArrayList<>();
		List<?> parts = (List<?>) state.get(1);
		for (int i = 0; i < parts.size(); i += 3) {
			published.add(new Published(parts.get(i).equals("SPUBLISH"), (String) parts.get(i + 1),
					(String) parts.get(i + 2)));
		}
		return new State(keys, published);
	}

	void delete(String key) {
		this.commands.del(bytes(key));
	}

	void putString(String key, String value) {
		this.commands.set(bytes(key), bytes(value));
	}

	void putField(String key, String field, String value) {
		deleteOtherThan("hash", key);
		this.commands.hset(bytes(key), bytes(field), bytes(value));
	}

	void deleteField(String key, String field) {
		deleteOtherThan("hash", key);
		this.commands.hdel(bytes(key), bytes(field));
	}

	void putScore(String key, String member, double score) {
		deleteOtherThan("zset", key);
		this.commands.zadd(bytes(key), score, bytes(member));
	}

	void restore(SortedMap<String, RedisValue> keys) {
		flush();
		keys.forEach((key, value) -> {
			value.content().forEach((name, content) -> {
				switch (value.type()) {
					case "hash" -> putField(key, name, content);
					case "zset" -> putScore(key, name, Double.parseDouble(content.replace("inf", "Infinity")));
					default -> putString(key, content);
				}
			});
			if (value.expiresAt() >= 0) {
				this.commands.pexpireat(bytes(key), value.expiresAt());
			}
		});
	}

	void flush() {
		List<byte[]> keys = this.commands.keys("presence:*");
		if (!keys.isEmpty()) {
			this.commands.del(keys.toArray(byte[][]::new));
		}
	}

	private void deleteOtherThan(String type, String key) {
		if (!this.commands.type(bytes(key)).equals(type)) {
			this.commands.del(bytes(key));
		}
	}

	@Override
	public void close() {
		this.connection.close();
		this.client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
	}

	static List<Object> texts(List<?> reply) {
		List<Object> texts = new ArrayList<>(reply.size());
		for (Object item : reply) {
			if (item instanceof byte[] bytes) {
				texts.add(new String(bytes, StandardCharsets.ISO_8859_1));
			}
			else {
				texts.add((item instanceof List<?> list) ? texts(list) : item);
			}
		}
		return texts;
	}

	static byte[] bytes(Object text) {
		return text.toString().getBytes(StandardCharsets.ISO_8859_1);
	}

	private static byte[][] array(List<String> texts) {
		return texts.stream().map(HookedRedis::bytes).toArray(byte[][]::new);
	}

	/**
	 * What a server holds, and what it published.
	 *
	 * @param keys everything that is stored, by key
	 * @param published the messages, in order
	 */
	record State(SortedMap<String, RedisValue> keys, List<Published> published) {

	}

	/**
	 * A message.
	 *
	 * @param sharded whether it was published with {@code SPUBLISH}
	 * @param channel the channel
	 * @param message the message
	 */
	record Published(boolean sharded, String channel, String message) {

	}

}
