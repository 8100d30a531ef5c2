package io.presence.redis;

import java.time.Duration;
import java.util.Map;

import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.store.PresenceStore;
import io.presence.store.StoreHealth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What an operator hears when an instance starts, with Redis and without.
 */
@ExtendWith(RedisServerExtension.class)
class StoreStartTests {

	private final RedisServer redis;

	private final TestStores stores;

	private final RecordedLog log = new RecordedLog();

	StoreStartTests(RedisServer redis) {
		this.redis = redis;
		this.stores = TestStores.on(redis.uri());
	}

	@AfterEach
	void close() {
		this.stores.close();
		this.log.close();
	}

	@Test
	void aHealthyStartWarnsOfNothingAndShowsNoProblem() {
		PresenceStore store = this.stores.start().store();
		soon().until(() -> store.health().available());
		StoreHealth health = store.health();
		assertThat(health.away()).isZero();
		assertThat(health.details()).doesNotContainKeys("lastProblem", "degradedBecause")
			.containsEntry("problems", Map.of())
			.containsEntry("degradedSeconds", 0L);
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	void aStartWithoutRedisSaysOnceWhyUntilItIsOver() {
		this.redis.stop();
		PresenceStore store = this.stores.start().store();
		soon().until(() -> store.health().away().compareTo(Duration.ofSeconds(2)) > 0);
		StoreHealth health = store.health();
		assertThat(health.available()).isFalse();
		assertThat(this.log.warnings()).singleElement()
			.asString()
			.startsWith("Redis cannot be reached: 127.0.0.1:" + this.redis.port() + ": Connection refused")
			.endsWith("This instance goes on with what it knows. Check spring.data.redis and the network");
		assertThat(health.details().get("lastProblem")).isEqualTo(this.log.warnings().get(0));
		assertThat(health.details().get("degradedBecause")).asString().contains("Connection refused");
		this.redis.start();
		soon().until(() -> store.health().available());
		assertThat(store.health().away()).isZero();
		soon().untilAsserted(() -> assertThat(store.health().details()).doesNotContainKey("lastProblem"));
		assertThat(this.log.messages()).endsWith("Redis cannot be reached: over");
		assertThat(store.health().details().get("problems")).asString().startsWith("{not-connected=");
		assertThat(this.log.warnings()).hasSize(1);
	}

	private static ConditionFactory soon() {
		return await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(20));
	}

}
