package io.presence.redis;

import java.time.Duration;
import java.util.Map;

import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import io.presence.concurrent.Scheduler;
import io.presence.concurrent.SystemScheduler;
import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.store.StoreProbe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Instances whose clocks are ten minutes apart. They have no other clock than that of
 * their scheduler: the rules of the architecture forbid the machine's.
 */
@ExtendWith(RedisServerExtension.class)
class ClockTests {

	private final SystemScheduler real = new SystemScheduler("test-timer");

	private final TestStores stores;

	ClockTests(RedisServer redis) {
		this.stores = TestStores.on(redis.uri());
	}

	@AfterEach
	void close() {
		this.stores.close();
		this.real.close();
	}

	@Test
	void tenMinutesApartEverybodyAgreesOnWhatIsNewestAndOnWhoIsAlive() {
		StoreProbe ahead = start(Duration.ofMinutes(10));
		StoreProbe behind = start(Duration.ofMinutes(-10));
		StoreProbe between = start(Duration.ZERO);
		between.store().watch("room");
		ahead.store().watch("room");
		ahead.hold("room", "ada", "{\"n\":1}");
		soon().untilAsserted(() -> assertThat(between.roster("room")).isEqualTo(Map.of("ada", "{\"n\":1}")));
		behind.hold("room", "ada", "{\"n\":2}");
		soon().untilAsserted(() -> assertThat(between.roster("room")).isEqualTo(Map.of("ada", "{\"n\":2}")));
		ahead.hold("room", "ada", "{\"n\":3}");
		soon().untilAsserted(() -> assertThat(between.roster("room")).isEqualTo(Map.of("ada", "{\"n\":3}")));
		ahead.hold("room", "bob", "{}");
		behind.hold("room", "cem", "{}");
		long outlived = System.nanoTime() + 2 * TestStores.SETTINGS.lease().toNanos();
		soon().until(() -> System.nanoTime() - outlived > 0 && between.roster("room").size() == 3);
		assertThat(between.leaves()).isEmpty();
		behind.store().close();
		soon().untilAsserted(() -> assertThat(between.roster("room")).containsOnlyKeys("ada", "bob"));
		soon().untilAsserted(() -> assertThat(ahead.roster("room")).containsOnlyKeys("ada", "bob"));
		assertThat(between.leaves()).singleElement().asString().startsWith("room/cem timeout");
		assertThat(ahead.leaves()).singleElement().asString().startsWith("room/cem timeout");
	}

	private StoreProbe start(Duration offset) {
		return new StoreProbe(this.stores.create(TestStores.SETTINGS, new Scheduler() {

			@Override
			public long nanoTime() {
				return ClockTests.this.real.nanoTime() + offset.toNanos();
			}

			@Override
			public Cancellable schedule(Runnable task, Duration delay) {
				return ClockTests.this.real.schedule(task, delay);
			}

		}));
	}

	private static ConditionFactory soon() {
		return await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(20));
	}

}
