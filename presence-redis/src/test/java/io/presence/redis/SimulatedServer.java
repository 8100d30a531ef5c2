package io.presence.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.SortedMap;

import io.presence.redis.model.RedisModel;
import io.presence.redis.model.RedisValue;

/**
 * A Redis server of a simulated run: the model of the scripts, with a clock that can
 * jump, that can be frozen, stopped, flushed and set back.
 */
final class SimulatedServer {

	private final SimulatedTime time;

	private final Random random;

	private final RedisModel model;

	private final Set<SimulatedLink> links = new LinkedHashSet<>();

	private final BiConsumer<String, Object[]> log;

	private final List<Runnable> waiting = new ArrayList<>();

	private long clock = Duration.ofDays(20_000).toNanos() / 1000;

	private boolean frozen;

	private boolean down;

	private int calls;

	/** The share of calls that is answered with an error. */
	double errors;

	SimulatedServer(SimulatedTime time, Random random, BiConsumer<String, Object[]> log) {
		this.log = log;
		this.time = time;
		this.random = random;
		this.model = new RedisModel(() -> this.clock + this.time.now() / 1000,
				(sharded, channel, message) -> publish(channel, message));
	}

	/**
	 * Returns the key of a topic.
	 * @param topic the name of the topic
	 * @return the key
	 */
	static String key(String topic) {
		return new Keys("presence:", 0).topic(Keys.bucket(topic), topic);
	}

	RedisModel model() {
		return this.model;
	}

	int calls() {
		return this.calls;
	}

	boolean isUp() {
		return !this.down;
	}

	boolean isAway() {
		return this.down || this.frozen;
	}

	void connect(SimulatedLink link) {
		this.links.add(link);
	}

	/**
	 * Does something now, or when the server goes on.
	 * @param task what the server does
	 */
	void serve(Runnable task) {
		if (this.frozen) {
			this.waiting.add(task);
		}
		else if (!this.down) {
			task.run();
		}
	}

	List<Object> run(Script script, List<String> keys, List<String> arguments) {
		this.calls++;
		if (this.random.nextDouble() < this.errors) {
			String[] replies = { "READONLY You can't write against a read only replica.",
					"OOM command not allowed when used memory > 'maxmemory'.", "LOADING Redis is loading the dataset",
					"TRYAGAIN Multiple keys request during rehashing of slot", "ERR something else" };
			throw RedisCallException.refused(replies[this.random.nextInt(replies.length)]);
		}
		return texts(this.model.run(script.name().toLowerCase(java.util.Locale.ROOT), bytes(keys), bytes(arguments)));
	}

	void publish(String channel, String message) {
		if (channel.contains(":t:")) {
			this.log.accept("    %s: %s", new Object[] { channel, message });
		}
		this.links.forEach((link) -> link.published(channel, message));
	}

	void freeze() {
		this.frozen = true;
	}

	void thaw() {
		this.frozen = false;
		List<Runnable> late = List.copyOf(this.waiting);
		this.waiting.clear();
		late.forEach(this::serve);
	}

	void stop() {
		this.down = true;
		this.waiting.clear();
		List.copyOf(this.links).forEach(SimulatedLink::cut);
	}

	void start() {
		this.down = false;
	}

	void jump(Duration duration) {
		this.clock += duration.toNanos() / 1000;
	}

	SortedMap<String, RedisValue> dump() {
		return this.model.dump();
	}

	private static List<byte[]> bytes(List<String> octets) {
		return octets.stream().map((text) -> text.getBytes(StandardCharsets.ISO_8859_1)).toList();
	}

	private static List<Object> texts(List<?> reply) {
		List<Object> texts = new ArrayList<>(reply.size());
		for (Object item : reply) {
			texts.add((item instanceof byte[] bytes) ? new String(bytes, StandardCharsets.ISO_8859_1)
					: (item instanceof List<?> list) ? texts(list) : item);
		}
		return texts;
	}

}
