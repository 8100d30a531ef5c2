package io.presence.redis;

import java.time.Duration;

import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.data.redis.connection.RedisStaticMasterReplicaConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.store.StoreProbe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A master and a replica that are listed, with nobody who watches them but the operator.
 */
@ExtendWith(RedisServerExtension.class)
class MasterReplicaTests {

	@Test
	void theMasterIsFoundAmongTheServersAlsoWhenTheyChangePlaces() {
		try (RedisServer one = RedisServer.launch();
				RedisServer two = RedisServer.launch("--replicaof", "127.0.0.1 " + one.port())) {
			RedisStaticMasterReplicaConfiguration configuration = new RedisStaticMasterReplicaConfiguration("127.0.0.1",
					two.port());
			configuration.addNode("127.0.0.1", one.port());
			try (TestStores stores = new TestStores((client) -> new LettuceConnectionFactory(configuration, client))) {
				StoreProbe here = stores.start();
				StoreProbe there = stores.start();
				here.store().watch("room");
				there.store().watch("room");
				here.hold("room", "ada", "{}");
				soon().untilAsserted(() -> assertThat(there.roster("room")).containsOnlyKeys("ada"));
				assertThat(isUsed(one)).isTrue();
				two.execute((redis) -> redis.replicaofNoOne());
				one.execute((redis) -> redis.replicaof("127.0.0.1", two.port()));
				there.hold("room", "bob", "{}");
				soon().until(() -> isUsed(two));
				soon().untilAsserted(() -> assertThat(here.roster("room")).containsOnlyKeys("ada", "bob"));
				soon().untilAsserted(() -> assertThat(there.roster("room")).containsOnlyKeys("ada", "bob"));
				soon().until(() -> here.store().health().available() && there.store().health().available());
				assertThat(here.leaves()).isEmpty();
				assertThat(there.leaves()).isEmpty();
			}
		}
	}

	private static boolean isUsed(RedisServer server) {
		return server.execute((redis) -> redis.clientList().contains("name=presence")
				&& redis.info("replication").contains("role:master"));
	}

	private static ConditionFactory soon() {
		return await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(50));
	}

}
