package io.presence.redis;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import io.presence.LeaveReason;
import io.presence.redis.testing.RedisSentinelServers;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.store.StoreProbe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A real master is lost, and Sentinel promotes its replica, which may lack the last
 * writes.
 */
@ExtendWith(RedisServerExtension.class)
class RedisSentinelFaultTests {

	@Test
	void aReplicaThatIsPromotedIsHealedAndNobodySeesALeave(RedisSentinelServers servers) {
		try (TestStores stores = TestStores.on(servers)) {
			StoreProbe here = stores.start();
			StoreProbe there = stores.start();
			here.store().watch("room");
			there.store().watch("room");
			here.hold("room", "ada", "{}");
			soon().untilAsserted(() -> assertThat(there.roster("room")).containsOnlyKeys("ada"));
			// The replica follows nobody, so that the last writes are lost.
			servers.replica().execute((redis) -> redis.replicaof("127.0.0.1", 1));
			there.hold("room", "bob", "{}");
			soon().untilAsserted(() -> assertThat(here.roster("room")).containsOnlyKeys("ada", "bob"));
			servers.failOver();
			here.hold("room", "cem", "{}");
			Map<String, String> everybody = Map.of("ada", "{}", "bob", "{}", "cem", "{}");
			soon().untilAsserted(() -> assertThat(here.roster("room")).isEqualTo(everybody));
			soon().untilAsserted(() -> assertThat(there.roster("room")).isEqualTo(everybody));
			String topic = new Keys("presence:", 0).topic(Keys.bucket("room"), "room");
			soon().untilAsserted(() -> {
				List<String> fields = servers.replica().execute((redis) -> redis.hkeys(topic));
				assertThat(fields).contains("mada", "mbob", "mcem");
			});
			soon().untilAsserted(() -> {
				Map<String, Long> hearers = servers.replica().execute((redis) -> redis.pubsubNumsub(topic));
				assertThat(hearers).containsEntry(topic, 2L);
			});
			assertThat(here.leaves()).isEmpty();
			assertThat(there.leaves()).isEmpty();
			there.release("room", "bob", LeaveReason.LEAVE);
			// A read that is still under way may tell it before the message does.
			soon().untilAsserted(
					() -> assertThat(here.leaves()).singleElement().isIn("room/bob leave", "room/bob unknown"));
		}
	}

	private static ConditionFactory soon() {
		return await().atMost(Duration.ofSeconds(40)).pollInterval(Duration.ofMillis(50));
	}

}
