package io.presence.redis.testing;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@ExtendWith(RedisServerExtension.class)
class RedisServerExtensionTests {

	@Test
	void emptiesTheServerBeforeEachTestOne(RedisServer redis) {
		assertThat(execute(redis, (commands) -> commands.setnx("test:key", "value"))).isEqualTo(true);
	}

	@Test
	void emptiesTheServerBeforeEachTestTwo(RedisServer redis) {
		assertThat(execute(redis, (commands) -> commands.setnx("test:key", "value"))).isEqualTo(true);
	}

	@Test
	void givesAnyServer(RedisURI uri) {
		RedisClient client = RedisClient.create(uri);
		try (StatefulRedisConnection<String, String> connection = client.connect()) {
			assertThat(connection.sync().dbsize()).isZero();
		}
		finally {
			client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
		}
	}

	@Test
	void comesBackEmptyOrWithWhatWasSaved(RedisServer redis) {
		redis.execute((commands) -> commands.set("test:key", "saved"));
		redis.save();
		redis.execute((commands) -> commands.set("test:key", "lost"));
		redis.stop();
		redis.start();
		assertThat(execute(redis, (commands) -> commands.get("test:key"))).isEqualTo("saved");
		redis.restartEmpty();
		assertThat(execute(redis, RedisCommands::dbsize)).isEqualTo(0L);
	}

	@Test
	void answersNothingWhileItIsFrozen(RedisServer redis) {
		RedisURI uri = redis.uri();
		uri.setTimeout(Duration.ofMillis(200));
		RedisClient client = RedisClient.create(uri);
		try (StatefulRedisConnection<String, String> connection = client.connect()) {
			redis.pause();
			assertThatThrownBy(() -> connection.sync().ping()).isInstanceOf(RedisCommandTimeoutException.class);
			redis.resume();
			Awaitility.await()
				.ignoreExceptions()
				.untilAsserted(() -> assertThat(connection.sync().ping()).isEqualTo("PONG"));
		}
		finally {
			client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
		}
	}

	@Test
	void asksForItsPassword() {
		try (RedisServer redis = RedisServer.launchWithPassword("se:cret")) {
			assertThat(execute(redis, RedisCommands::ping)).isEqualTo("PONG");
			RedisURI open = RedisURI.create("127.0.0.1", redis.port());
			RedisClient client = RedisClient.create(open);
			assertThatThrownBy(() -> client.connect().sync().ping()).hasStackTraceContaining("NOAUTH");
			client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
		}
	}

	@Test
	void speaksTls(RedisServer redis) {
		try (TlsTerminator tls = TlsTerminator.start(redis)) {
			RedisURI uri = RedisURI.builder()
				.withHost("localhost")
				.withPort(tls.port())
				.withSsl(true)
				.withTimeout(Duration.ofSeconds(5))
				.build();
			RedisClient client = RedisClient.create(uri);
			client.setOptions(ClientOptions.builder()
				.sslOptions(SslOptions.builder()
					.jdkSslProvider()
					.truststore(tls.trustStore().toFile(), TlsTerminator.PASSWORD)
					.build())
				.build());
			try (StatefulRedisConnection<String, String> connection = client.connect()) {
				assertThat(connection.sync().ping()).isEqualTo("PONG");
			}
			finally {
				client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
			}
		}
	}

	@Test
	void movesASlotOfTheClusterWithItsKeys(RedisClusterServers cluster) {
		RedisClusterClient client = RedisClusterClient.create(cluster.uris());
		try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
			connection.sync().set("test:key", "value");
			RedisServer source = cluster.masterOf("test:key");
			RedisServer target = cluster.masters().get((cluster.masters().indexOf(source) + 1) % 3);
			cluster.moveSlot(SlotHash.getSlot("test:key"), target);
			assertThat(cluster.masterOf("test:key")).isSameAs(target);
			assertThat(connection.sync().get("test:key")).isEqualTo("value");
		}
		finally {
			client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
		}
	}

	@Test
	void goesOnWithTheSlotsOfTheMastersThatAreLeft(RedisClusterServers cluster) {
		RedisServer lost = cluster.masterOf("test:key");
		lost.stop();
		RedisServer left = cluster.masters().get((cluster.masters().indexOf(lost) + 1) % 3);
		String key = keyOf(cluster, left);
		Awaitility.await()
			.untilAsserted(() -> assertThat(execute(left, RedisCommands::clusterInfo)).asString()
				.contains("cluster_slots_fail:54"));
		assertThat(execute(left, (commands) -> commands.set(key, "value"))).isEqualTo("OK");
	}

	private static Object execute(RedisServer redis, Function<RedisCommands<String, String>, ?> commands) {
		return redis.execute(commands::apply);
	}

	private static String keyOf(RedisClusterServers cluster, RedisServer master) {
		int third = SlotHash.SLOT_COUNT / 3;
		int index = cluster.masters().indexOf(master);
		for (int i = 0;; i++) {
			if (SlotHash.getSlot("test:" + i) / (third + 1) == index) {
				return "test:" + i;
			}
		}
	}

	@Test
	void promotesTheReplicaWhenTheMasterIsLost(RedisSentinelServers servers) {
		RedisClient client = RedisClient.create(servers.uri());
		try (StatefulRedisConnection<String, String> connection = client.connect()) {
			connection.sync().set("test:key", "value");
			connection.sync().waitForReplication(1, 5000);
			servers.failOver();
			Awaitility.await()
				.atMost(Duration.ofSeconds(30))
				.ignoreExceptions()
				.untilAsserted(() -> assertThat(connection.sync().get("test:key")).isEqualTo("value"));
		}
		finally {
			client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
		}
	}

	@Test
	void leavesNoProcessWhenItsJvmIsKilled() throws IOException, InterruptedException {
		Process jvm = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-cp",
				System.getProperty("java.class.path"), Holder.class.getName())
			.redirectErrorStream(true)
			.start();
		long redis = Long.parseLong(jvm.inputReader().readLine());
		assertThat(ProcessHandle.of(redis)).isPresent();
		jvm.destroyForcibly();
		assertThat(jvm.waitFor(10, TimeUnit.SECONDS)).isTrue();
		Awaitility.await().until(() -> ProcessHandle.of(redis).filter(ProcessHandle::isAlive).isEmpty());
	}

	static final class Holder {

		private Holder() {
		}

		public static void main(String[] arguments) throws IOException {
			RedisServer redis = RedisServer.launch();
			System.out.println(redis.pid());
			System.in.read();
		}

	}

}
