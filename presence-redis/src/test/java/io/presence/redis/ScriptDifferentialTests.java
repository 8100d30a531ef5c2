package io.presence.redis;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import io.presence.redis.HookedRedis.Published;
import io.presence.redis.RandomOperation.Damage;
import io.presence.redis.RandomOperation.Run;
import io.presence.redis.RandomOperation.Step;
import io.presence.redis.model.RedisModel;
import io.presence.redis.model.RedisValue;
import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The scripts in a real Redis and their model do the same: after every operation of a
 * random sequence replies, messages and everything that is stored are equal.
 * <p>
 * {@code -Dpresence.redis.seed=N} replays the seed that a failure names;
 * {@code -Dpresence.redis.seeds=N} runs more of them.
 */
@ExtendWith(RedisServerExtension.class)
class ScriptDifferentialTests {

	private static final int STEPS = 250;

	/** 2100-01-01: later than any real expiry. */
	private static final long START = 4_102_444_800_000_000L;

	private final Map<String, Integer> outcomes = new TreeMap<>();

	private final List<Published> published = new ArrayList<>();

	private long micros;

	@Test
	void theModelDoesWhatTheScriptsDo(RedisServer server) {
		Long replayed = Long.getLong("presence.redis.seed");
		try (HookedRedis redis = new HookedRedis(server.uri())) {
			if (replayed != null) {
				compare(redis, replayed);
				return;
			}
			for (long seed = 0; seed < Long.getLong("presence.redis.seeds", 20); seed++) {
				compare(redis, seed);
			}
		}
		assertThat(this.outcomes).as("what the operations led to")
			.containsKeys("COMMIT ok", "COMMIT ok refused", "COMMIT ok repaired", "COMMIT ok yielded", "COMMIT ok over",
					"COMMIT old", "COMMIT unknown", "LEASE ok", "LEASE unknown", "LEASE ok repaired", "REAP alive",
					"REAP topics", "REAP done", "REAP gone", "END ok", "READ", "READ repaired", "TOPICS", "message");
	}

	private void compare(HookedRedis redis, long seed) {
		this.micros = START;
		RedisModel model = new RedisModel(() -> this.micros,
				(sharded, channel, message) -> this.published.add(new Published(sharded, channel, message)));
		RandomOperations operations = new RandomOperations(seed);
		SortedMap<String, RedisValue> saved = new TreeMap<>();
		redis.flush();
		redis.clock(this.micros);
		for (int step = 0; step < STEPS; step++) {
			RandomOperation operation = operations.next();
			String where = "seed " + seed + ", step " + step + ": " + operation;
			this.published.clear();
			if (operation instanceof Run run) {
				List<Object> expected = normalized(run.script(), run(model, run));
				List<Object> actual = normalized(run.script(), redis.run(run.script(), run.keys(), run.arguments()));
				assertThat(actual).as("reply, " + where).isEqualTo(expected);
				count(run, actual);
				if (actual.get(0).equals("unknown")) {
					operations.unknown(run.arguments().get(0));
				}
			}
			else if (operation instanceof Step time) {
				this.micros += time.micros();
				redis.clock(this.micros);
			}
			else if (operation instanceof Damage damage) {
				saved = damage(model, redis, damage, saved);
				redis.clock(this.micros);
			}
			HookedRedis.State state = redis.state();
			boolean sorted = operation instanceof Run run && run.script() == Script.REAP;
			assertThat(messages(state.published(), sorted)).as("messages, " + where)
				.isEqualTo(messages(this.published, sorted));
			assertThat(state.keys()).as("keys, " + where).isEqualTo(model.dump());
			state.published().forEach((message) -> this.outcomes.merge("message", 1, Integer::sum));
		}
	}

	private static List<Object> run(RedisModel model, Run run) {
		return HookedRedis.texts(model.run(run.script().name().toLowerCase(Locale.ROOT),
				run.keys().stream().map(HookedRedis::bytes).toList(),
				run.arguments().stream().map(HookedRedis::bytes).toList()));
	}

	private static SortedMap<String, RedisValue> damage(RedisModel model, HookedRedis redis, Damage damage,
			SortedMap<String, RedisValue> saved) {
		switch (damage.what()) {
			case "delete" -> {
				model.delete(damage.key());
				redis.delete(damage.key());
			}
			case "string" -> {
				model.putString(damage.key(), damage.value());
				redis.putString(damage.key(), damage.value());
			}
			case "field" -> {
				model.putField(damage.key(), damage.name(), damage.value());
				redis.putField(damage.key(), damage.name(), damage.value());
			}
			case "noField" -> {
				model.deleteField(damage.key(), damage.name());
				redis.deleteField(damage.key(), damage.name());
			}
			case "score" -> {
				double score = Double.parseDouble(damage.value());
				model.putScore(damage.key(), damage.name(), score);
				redis.putScore(damage.key(), damage.name(), score);
			}
			case "flush" -> {
				model.flush();
				redis.flush();
			}
			case "save" -> {
				return model.dump();
			}
			default -> {
				model.restore(saved);
				redis.restore(saved);
			}
		}
		return saved;
	}

	private void count(Run run, List<Object> reply) {
		boolean hasStatus = run.script() != Script.READ && run.script() != Script.TOPICS;
		String outcome = run.script() + (hasStatus ? " " + reply.get(0) : "");
		this.outcomes.merge(outcome, 1, Integer::sum);
		if (run.script() == Script.COMMIT && reply.size() > 1) {
			countUnlessEmpty(outcome + " refused", reply.get(2));
			countUnlessEmpty(outcome + " repaired", reply.get(3));
			countUnlessEmpty(outcome + " yielded", reply.get(4));
			countUnlessEmpty(outcome + " over", reply.get(6));
		}
		if (run.script() == Script.LEASE) {
			countUnlessEmpty(outcome + " repaired", reply.get(5));
		}
		if (run.script() == Script.READ) {
			countUnlessEmpty(outcome + " repaired", reply.get(3));
		}
	}

	private void countUnlessEmpty(String outcome, Object value) {
		if (!value.equals(0L) && !value.equals(List.of())) {
			this.outcomes.merge(outcome, 1, Integer::sum);
		}
	}

	/**
	 * Sorts what comes in the order of a hash, which has no meaning.
	 */
	private static List<Object> normalized(Script script, List<Object> reply) {
		return switch (script) {
			case READ -> sorted(reply, 4, 2);
			case TOPICS -> sorted(reply, 1, 1);
			case REAP -> reply.get(0).equals("topics") ? sorted(reply, 2, 1) : sorted(reply, 5, 2);
			default -> reply;
		};
	}

	private static List<Object> messages(List<Published> published, boolean sorted) {
		List<Object> messages = new ArrayList<>();
		for (Published message : published) {
			List<Object> fields = new ArrayList<>(MessageFields.of(message.message()));
			messages.add(List.of(message.sharded(), message.channel(), sorted ? sorted(fields, 5, 2) : fields));
		}
		return messages;
	}

	private static List<Object> sorted(List<Object> items, int from, int size) {
		List<List<Object>> groups = new ArrayList<>();
		for (int i = from; i < items.size(); i += size) {
			groups.add(items.subList(i, i + size));
		}
		groups.sort(Comparator.comparing(Object::toString));
		List<Object> sorted = new ArrayList<>(items.subList(0, Math.min(from, items.size())));
		groups.forEach(sorted::addAll);
		return sorted;
	}

}
