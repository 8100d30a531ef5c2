package io.presence.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongFunction;
import java.util.stream.LongStream;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.presence.concurrent.VirtualScheduler;
import io.presence.engine.PresenceSettings.Limits;
import io.presence.store.PresenceStore;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One run of a model test: random operations on an engine in virtual time, all of which
 * follows from a seed. Runs share nothing, so that all processors take part. A run that
 * fails prints its seed with what was done, and is run alone with
 * {@code -Dpresence.model.seed=<seed>}.
 */
abstract class ModelRun {

	static final Duration GRACE = Duration.ofSeconds(2);

	private static final int SEEDS = Integer.getInteger("presence.model.seeds", 5_000);

	private static final @Nullable Long ONLY = Long.getLong("presence.model.seed");

	private static final Map<Map<String, Object>, JsonNode> NODES = new ConcurrentHashMap<>();

	final Random random;

	final VirtualScheduler time = new VirtualScheduler();

	final boolean grace;

	final int maxMembers;

	final List<String> topics = List.of("a", "b", "conn:c");

	private final long seed;

	private final List<Object> log = new ArrayList<>();

	private int ids;

	ModelRun(long seed) {
		this.seed = seed;
		this.random = new Random(seed);
		this.grace = this.random.nextInt(3) == 0;
		this.maxMembers = (this.random.nextInt(4) == 0) ? 3 : 0;
	}

	/**
	 * Runs a model test for each seed.
	 */
	static void forEachSeed(LongFunction<ModelRun> run) {
		if (ONLY != null) {
			run.apply(ONLY).go();
		}
		else {
			LongStream.range(0, SEEDS).parallel().forEach((seed) -> run.apply(seed).go());
		}
	}

	private void go() {
		try {
			run();
		}
		catch (AssertionError | RuntimeException ex) {
			StringBuilder message = new StringBuilder("Seed " + this.seed + ": " + ex.getMessage());
			this.log.forEach((line) -> message.append('\n').append(line));
			throw new AssertionError(message.toString(), ex);
		}
	}

	/**
	 * Does everything, and checks it.
	 */
	abstract void run();

	PresenceEngineBuilder engine(PresenceStore store, boolean smallQueues) {
		return PresenceEngine.builder()
			.scheduler(this.time)
			.executor(this.time)
			.store(store)
			.ids(() -> "c" + this.ids++)
			.topicRules((topic) -> topic.startsWith("conn:") ? TopicRules.Tracking.BY_CONNECTION
					: TopicRules.Tracking.BY_KEY)
			.settings(PresenceSettings.defaults()
				.withGrace(this.grace ? GRACE : Duration.ZERO)
				.withLimits(new Limits(1000, 1000, 1000, 100, 0, 256, 16384, 1024, smallQueues ? 700 : 1 << 20,
						1_000_000)));
	}

	<T> T oneOf(List<T> all) {
		return all.get(this.random.nextInt(all.size()));
	}

	/**
	 * Returns how many milliseconds to let pass: now and then many.
	 */
	long pause(int seldom) {
		return (this.random.nextInt(seldom) == 0) ? this.random.nextInt(40_000) : this.random.nextInt(60);
	}

	/**
	 * Returns a user, or nobody.
	 */
	@Nullable Map<String, Object> user(int names) {
		int key = this.random.nextInt(6);
		return (key == 5) ? null : Map.of("id", key, "name", "n" + this.random.nextInt(names));
	}

	/**
	 * Tells whether a member stays for the grace time after its last connection was lost.
	 */
	boolean lingers(String topic, String key) {
		return this.grace && !key.startsWith("~") && !topic.startsWith("conn:");
	}

	static String key(@Nullable Map<String, Object> user, String connectionId, String topic) {
		if (topic.startsWith("conn:")) {
			return connectionId;
		}
		return (user != null) ? String.valueOf(user.get("id")) : "~" + connectionId;
	}

	static Map<String, Object> data(@Nullable Map<String, Object> user) {
		return (user != null) ? user : Map.of();
	}

	static String json(Map<String, Object> data) {
		return data.isEmpty() ? "{}" : "{\"id\":" + data.get("id") + ",\"name\":\"" + data.get("name") + "\"}";
	}

	/**
	 * Returns data as clients see it.
	 */
	static JsonNode node(Map<String, Object> data) {
		return NODES.computeIfAbsent(data, (absent) -> JsonMapper.shared().readTree(json(absent)));
	}

	/**
	 * Fails unless two things are the same. Asserting only then costs a tenth.
	 */
	static void same(@Nullable Object actual, @Nullable Object expected, Object what, String topic) {
		if (!Objects.equals(actual, expected)) {
			assertThat(actual).as("%s in %s", what, topic).isEqualTo(expected);
		}
	}

	/**
	 * Notes what is done, for the case that it fails.
	 */
	void log(String line) {
		this.log.add(this.time.nanoTime() / 1_000_000 + " " + line);
	}

	static String subscribe(String topic, String more) {
		return "{\"type\":\"subscribe\",\"topic\":\"" + topic + "\"" + more + "}";
	}

	static String unsubscribe(String topic) {
		return "{\"type\":\"unsubscribe\",\"topic\":\"" + topic + "\"}";
	}

	static String snapshot(String topic) {
		return "{\"type\":\"presence-snapshot\",\"topic\":\"" + topic + "\"}";
	}

	static String state(String topic, @Nullable Object state, boolean expires) {
		return "{\"type\":\"presence-state\",\"topic\":\"" + topic + "\",\"state\":" + state
				+ (expires ? ",\"expireAfter\":1000" : "") + "}";
	}

}
