package io.presence.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import io.presence.LeaveReason;
import io.presence.engine.ClientSession;
import io.presence.engine.ConnectionDetails;
import io.presence.engine.PresenceEngine;
import io.presence.engine.RecordingTransport;
import io.presence.redis.Monitored.Command;
import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.store.StoreProbe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What presence costs, counted by the server: calls, and commands of scripts, each of
 * which touches one key.
 */
@ExtendWith(RedisServerExtension.class)
class RedisCostTests {

	private static final String DATA = "{\"n\":1}";

	private static final int MANY = 100_000;

	/** A lease that nobody looks at often, so that renewals are what is counted. */
	private static final RedisStoreSettings SETTINGS = new RedisStoreSettings("presence:", Duration.ofSeconds(6),
			Duration.ofSeconds(1), Duration.ofMillis(500), Duration.ofSeconds(18), Duration.ZERO, 0);

	private final RedisServer redis;

	private final TestStores stores;

	private Monitored monitored;

	RedisCostTests(RedisServer redis) {
		this.redis = redis;
		this.stores = TestStores.on(redis.uri());
	}

	@BeforeEach
	void monitor() {
		this.monitored = new Monitored(this.redis);
	}

	@AfterEach
	void close() {
		this.stores.close();
		this.monitored.close();
	}

	@Test
	void aSecondTabSendsNothing() {
		try (PresenceEngine engine = PresenceEngine.builder().store(this.stores.create(SETTINGS)).build()) {
			join(engine, "ada");
			join(engine, "bob");
			this.monitored.untilNow();
			ClientSession second = join(engine, "ada");
			engine.leave(second.connection(), "room").toCompletableFuture().join();
			join(engine, "bob").closed();
			// Whatever was to be sent before is sent no later than this.
			join(engine, "cem");
			List<Command> calls = calls(this.monitored.untilNow());
			assertThat(calls).singleElement().satisfies((call) -> {
				assertThat(call.script()).isEqualTo(Script.COMMIT);
				assertThat(call.rest()).contains("cem").doesNotContain("ada", "bob");
			});
			assertThat(engine.count("room")).isEqualTo(3);
		}
	}

	@Test
	void aJoinIntoAWatchedTopicReadsNoRosterAndTouchesAsMuchInALargeOneAsInASmallOne() {
		try (PresenceEngine engine = PresenceEngine.builder().store(this.stores.create(SETTINGS)).build()) {
			join(engine, "first");
			join(engine, "second");
			List<String> small = commandsOfAJoin(engine, "third");
			StoreProbe there = new StoreProbe(this.stores.create(SETTINGS));
			hold(there, List.of("room"), 5_000);
			soon().until(() -> engine.count("room") == 5_003);
			List<String> large = commandsOfAJoin(engine, "last");
			assertThat(large).isEqualTo(small).hasSizeLessThan(16);
			assertThat(small).doesNotContain("hgetall", "hscan", "hkeys", "hvals");
		}
	}

	@Test
	void tenThousandJoinsIntoOneTopicAndTenThousandLeavesTakeAsFewCallsAsTheyFillBatches() {
		StoreProbe here = new StoreProbe(this.stores.create(SETTINGS));
		StoreProbe there = new StoreProbe(this.stores.create(SETTINGS));
		there.store().watch("room");
		hold(here, List.of("room"), 1);
		soon().until(() -> there.roster("room").size() == 1);
		assertThat(commitsOf(() -> hold(here, List.of("room"), 10_001))).isBetween(51, 55);
		soon().until(() -> there.roster("room").size() == 10_001);
		assertThat(commitsOf(() -> here.keys("room").forEach((key) -> here.release("room", key, LeaveReason.LEAVE))))
			.isBetween(51, 55);
		soon().until(() -> there.roster("room").isEmpty());
		assertThat(there.leaves()).hasSize(10_001).doesNotHaveDuplicates();
	}

	/**
	 * Does something while the server stands still, so that everything after the first is
	 * there for the next batches.
	 */
	private int commitsOf(Runnable work) {
		this.monitored.untilNow();
		this.redis.pause();
		work.run();
		this.redis.resume();
		soon().until(() -> this.stores.pendingMarks() == 0);
		return (int) this.monitored.untilNow().stream().filter((call) -> call.script() == Script.COMMIT).count();
	}

	@Test
	void keepingManyAliveCostsAsManyCallsAsKeepingTen() {
		StoreProbe here = new StoreProbe(this.stores.create(SETTINGS));
		StoreProbe there = new StoreProbe(this.stores.create(SETTINGS));
		there.store().watch("room:0");
		hold(here, List.of("room:0"), 10);
		soon().until(() -> there.roster("room:0").size() == 10);
		Set<String> ofTen = costOfRenewals();
		hold(here, IntStream.range(0, 100).mapToObj((i) -> "room:" + i).toList(), MANY / 100);
		soon().until(() -> here.store().health().details().get("pendingMarks").equals(0L));
		soon().until(() -> there.roster("room:0").size() == MANY / 100);
		Set<String> ofMany = costOfRenewals();
		assertThat(ofMany).isEqualTo(ofTen).hasSize(2);
	}

	/**
	 * Watches the server for some renewals, in which there is nothing but lease calls,
	 * one for each bucket, instance and renewal.
	 * @return the commands of each kind of call: one that names no topic, one that names
	 * the watched topic
	 */
	private Set<String> costOfRenewals() {
		soon().pollInterval(SETTINGS.leaseRenewal()).until(() -> calls(this.monitored.untilNow()).isEmpty());
		List<Command> seen = new ArrayList<>();
		double begin = this.redis.execute((redis) -> Double.parseDouble(redis.time().get(0)));
		soon().until(() -> {
			seen.addAll(this.monitored.untilNow());
			return seen.get(seen.size() - 1).seconds() - begin > 5;
		});
		assertThat(calls(seen)).isEmpty();
		double seconds = seen.get(seen.size() - 1).seconds() - seen.get(0).seconds();
		Map<String, Long> renewals = seen.stream()
			.filter((command) -> command.script() == Script.LEASE)
			.collect(Collectors.groupingBy((call) -> call.argument(2), Collectors.counting()));
		double ticks = seconds / SETTINGS.leaseRenewal().toSeconds() + 1;
		double looks = seconds / (SETTINGS.lease().toSeconds() / 2.0) + 1;
		assertThat(renewals).hasSize(2 * Keys.BUCKETS)
			.allSatisfy((registration, calls) -> assertThat((double) calls).isLessThanOrEqualTo(ticks + looks));
		Set<String> costs = new TreeSet<>();
		for (int i = 0; i < seen.size(); i++) {
			if (seen.get(i).script() == Script.LEASE) {
				costs.add(String.join(" ", byScript(seen, i + 1)));
			}
		}
		return costs;
	}

	private List<String> commandsOfAJoin(PresenceEngine engine, String key) {
		this.monitored.untilNow();
		join(engine, key);
		List<Command> seen = this.monitored.untilNow();
		assertThat(calls(seen)).extracting(Command::script).containsExactly(Script.COMMIT);
		int call = seen.indexOf(calls(seen).get(0));
		Set<String> keys = seen.subList(call + 1, call + 1 + byScript(seen, call + 1).size())
			.stream()
			.map(Command::key)
			.filter((touched) -> !touched.isEmpty())
			.collect(Collectors.toSet());
		assertThat(keys).hasSize(4)
			.allMatch(Predicate.not((touched) -> touched.contains(":t:") && !touched.endsWith(":t:room")));
		return byScript(seen, call + 1);
	}

	private static List<String> byScript(List<Command> seen, int from) {
		return seen.subList(from, seen.size()).stream().takeWhile(Command::byScript).map(Command::name).toList();
	}

	/**
	 * Picks the calls of scripts that are not made for the lease.
	 */
	private static List<Command> calls(List<Command> seen) {
		return seen.stream().filter((command) -> command.script() != null && command.script() != Script.LEASE).toList();
	}

	private static ClientSession join(PresenceEngine engine, String key) {
		ClientSession session = engine.open(new RecordingTransport(), ConnectionDetails.ofUser(Map.of("id", key)));
		engine.join(session.connection(), "room").toCompletableFuture().join();
		return session;
	}

	private static void hold(StoreProbe probe, List<String> topics, int members) {
		for (String topic : topics) {
			for (int i = 0; i < members; i++) {
				probe.holdSilently(topic, "k" + i, DATA);
			}
			probe.keys(topic).forEach((key) -> probe.store().mark(topic, List.of(key), List.of()));
		}
	}

	private static ConditionFactory soon() {
		return await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50));
	}

}
