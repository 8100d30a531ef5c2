package io.presence.redis;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import io.lettuce.core.RedisURI;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.extension.ExtendWith;

import io.presence.json.JsonText;
import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.store.RosterChange;
import io.presence.store.RosterChange.MemberChange;
import io.presence.store.StoreProbe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A process that holds many members is killed: each is told once to have left, and
 * clearing up after it takes Redis few short calls.
 * {@code -Dpresence.reap.members=100000} makes it larger.
 */
@ExtendWith(RedisServerExtension.class)
class ReapingTests {

	private static final int MEMBERS = Integer.getInteger("presence.reap.members", 20_000);

	private static final List<String> TOPICS = IntStream.range(0, Integer.getInteger("presence.reap.topics", 20))
		.mapToObj((i) -> "room:" + i)
		.toList();

	private final RedisServer redis;

	private final TestStores stores;

	ReapingTests(RedisServer redis) {
		this.redis = redis;
		this.stores = TestStores.on(redis.uri());
	}

	@AfterEach
	void close() {
		this.stores.close();
	}

	@Test
	void everybodyOfAKilledProcessLeavesOnceAndAtLittleCost(TestReporter reporter) throws IOException {
		StoreProbe watching = this.stores.start();
		watching.store().watch(TOPICS.get(0));
		Process process = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(),
				"-Dpresence.reap.topics=" + TOPICS.size(), "-cp", System.getProperty("java.class.path"),
				Holder.class.getName(), Integer.toString(this.redis.port()), Integer.toString(MEMBERS / TOPICS.size()))
			.redirectErrorStream(true)
			.start();
		try {
			assertThat(process.inputReader().lines().anyMatch("holding"::equals)).isTrue();
			soon().until(() -> watching.roster(TOPICS.get(0)).size() == MEMBERS / TOPICS.size());
			this.redis.execute((redis) -> redis.configResetstat());
			long killed = System.nanoTime();
			process.destroyForcibly();
			soon().pollInterval(Duration.ofMillis(200))
				.until(() -> this.redis.execute((redis) -> redis.keys("presence:*:t:*")).isEmpty());
			long millis = (System.nanoTime() - killed) / 1_000_000;
			String statistics = this.redis.execute((redis) -> redis.info("commandstats"));
			// Each piece of an index or a topic is one call of the script and one scan.
			long reaps = statistic(statistics, "hscan", "calls");
			String figures = "%d members in %d topics, %d ms after the kill (lease %s), %d calls, %d ms of Redis' time for all scripts"
				.formatted(MEMBERS, TOPICS.size(), millis, TestStores.SETTINGS.lease(), reaps,
						statistic(statistics, "evalsha", "usec") / 1000);
			reporter.publishEntry("reaped", figures);
			System.out.println("reaped: " + figures);
			assertThat(reaps).isPositive().isLessThan(MEMBERS / 500 * 3 / 2 + TOPICS.size() + 3 * Keys.BUCKETS);
		}
		finally {
			process.destroyForcibly();
		}
		soon().until(() -> watching.roster(TOPICS.get(0)).isEmpty());
		assertThat(watching.leaves()).hasSize(MEMBERS / TOPICS.size())
			.doesNotHaveDuplicates()
			.allMatch((leave) -> leave.endsWith(" timeout origin"));
		soon().untilAsserted(() -> assertThat(watching.reaped()).flatExtracting(RosterChange::members)
			.extracting(MemberChange::key)
			.doesNotHaveDuplicates()
			.hasSize(MEMBERS - MEMBERS / TOPICS.size()));
		soon().until(() -> this.redis.execute((redis) -> redis.keys("presence:*:i:*")).size() == Keys.BUCKETS);
	}

	@Test
	void whoReadALargeTopicIsToldWhatItReapsThere() {
		RedisPresenceStore dying = this.stores.create(TestStores.SETTINGS);
		StoreProbe there = new StoreProbe(dying);
		int members = 1100;
		for (int i = 0; i < members; i++) {
			there.hold("large", "u" + i, "{}");
		}
		StoreProbe here = this.stores.start();
		soon().until(() -> read(here).size() == members);
		dying.close();
		soon().until(() -> read(here).isEmpty());
		soon().untilAsserted(() -> assertThat(here.reaped()).flatExtracting(RosterChange::members)
			.extracting(MemberChange::key)
			.doesNotHaveDuplicates()
			.hasSize(members));
	}

	private static Map<String, JsonText> read(StoreProbe probe) {
		return probe.store().read("large").toCompletableFuture().join().members();
	}

	private static long statistic(String statistics, String command, String name) {
		Matcher matcher = Pattern.compile("cmdstat_" + command + ":.*?" + name + "=(\\d+)").matcher(statistics);
		return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
	}

	private static ConditionFactory soon() {
		return await().atMost(Duration.ofSeconds(40)).pollInterval(Duration.ofMillis(20));
	}

	static final class Holder {

		private Holder() {
		}

		public static void main(String[] arguments) throws IOException {
			TestStores stores = TestStores.on(RedisURI.create("127.0.0.1", Integer.parseInt(arguments[0])));
			StoreProbe probe = stores.start();
			int members = Integer.parseInt(arguments[1]);
			for (String topic : TOPICS) {
				for (int i = 0; i < members; i++) {
					probe.hold(topic, topic + "/" + i, "{\"n\":1}");
				}
			}
			soon().until(() -> probe.store().health().details().get("pendingMarks").equals(0L));
			System.out.println("holding");
			System.in.read();
		}

	}

}
