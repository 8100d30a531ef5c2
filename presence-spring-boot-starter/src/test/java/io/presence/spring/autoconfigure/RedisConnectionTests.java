package io.presence.spring.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import io.presence.KickMode;
import io.presence.PresenceMember;
import io.presence.PresenceService;
import io.presence.redis.testing.RedisSentinelServers;
import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.redis.testing.TlsTerminator;
import io.presence.store.PresenceStore;
import io.presence.store.StoreHealth;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What {@code spring.data.redis.*} says of the server holds for presence too: two
 * applications that are configured alike find each other.
 */
@ExtendWith(RedisServerExtension.class)
class RedisConnectionTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class, DataRedisAutoConfiguration.class,
				PresenceRedisAutoConfiguration.class, PresenceSecurityAutoConfiguration.class,
				PresenceAutoConfiguration.class))
		.withPropertyValues("presence.store=redis", "presence.redis.lease=3s", "presence.redis.lease-renewal=1s",
				"presence.ttl=9s");

	@Test
	void overTls(RedisServer redis) {
		try (TlsTerminator tls = TlsTerminator.start(redis)) {
			findEachOther(this.runner.withPropertyValues("spring.data.redis.host=localhost",
					"spring.data.redis.port=" + tls.port(), "spring.data.redis.ssl.bundle=redis",
					"spring.ssl.bundle.jks.redis.truststore.location=file:" + tls.trustStore(),
					"spring.ssl.bundle.jks.redis.truststore.password=" + TlsTerminator.PASSWORD,
					"spring.ssl.bundle.jks.redis.truststore.type=PKCS12"));
		}
	}

	@Test
	void overTlsWithAServerThatIsNotTrusted(RedisServer redis) {
		try (TlsTerminator tls = TlsTerminator.start(redis)) {
			this.runner
				.withPropertyValues("spring.data.redis.host=localhost", "spring.data.redis.port=" + tls.port(),
						"spring.data.redis.ssl.enabled=true")
				.run((context) -> soon().untilAsserted(() -> {
					StoreHealth health = context.getBean(PresenceStore.class).health();
					assertThat(health.available()).isFalse();
					assertThat(health.details().get("degradedBecause")).asString().contains("certification path");
				}));
		}
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void anApplicationThatEndsLogsNoError(RedisServer redis, CapturedOutput output) {
		for (int i = 0; i < 10; i++) {
			this.runner.withPropertyValues(port(redis.port()))
				.run((context) -> PresenceAutoConfigurationTests.join(context, "room:1", Map.of("id", "a")));
		}
		assertThat(output).doesNotContain("ERROR").doesNotContain("Exception");
	}

	@Test
	void withAPassword() {
		try (RedisServer redis = RedisServer.launchWithPassword("se:cret")) {
			findEachOther(this.runner.withPropertyValues(port(redis.port()), "spring.data.redis.password=se:cret"));
			this.runner.withPropertyValues(port(redis.port()), "spring.data.redis.password=wrong")
				.run((context) -> soon().untilAsserted(
						() -> assertThat(context.getBean(PresenceStore.class).health().details().get("degradedBecause"))
							.asString()
							.contains("WRONGPASS", "spring.data.redis.username")));
		}
	}

	@Test
	void withTheUserOfTheSecurityGuide(RedisServer redis) throws IOException {
		String guide = Files.readString(Path.of("..", "docs", "security.md"));
		String user = guide.lines().filter((line) -> line.startsWith("ACL SETUSER ")).findFirst().orElseThrow();
		CommandArgs<String, String> words = new CommandArgs<>(StringCodec.UTF8);
		List.of(user.substring("ACL ".length()).split(" ")).forEach(words::add);
		redis.execute((commands) -> commands.dispatch(CommandType.ACL, new StatusOutput<>(StringCodec.UTF8), words));
		findEachOther(this.runner.withPropertyValues(port(redis.port()), "spring.data.redis.username=presence",
				"spring.data.redis.password=secret", "presence.grace=5s"), (one, two) -> {
					PresenceService service = two.getBean(PresenceService.class);
					assertThat(service.kick("a", null, KickMode.LEAVE).toCompletableFuture().join()).isOne();
					soon().untilAsserted(() -> assertThat(keys(two)).containsExactly("b"));
					List<String> notes = redis.execute((commands) -> commands.keys("presence:*:l:*"));
					assertThat(notes).singleElement().asString().endsWith(":l:6:room:1a");
				});
	}

	@Test
	void inDatabasesThatDoNotHearEachOther(RedisServer redis) {
		ApplicationContextRunner first = this.runner.withPropertyValues(port(redis.port()));
		ApplicationContextRunner second = first.withPropertyValues("spring.data.redis.database=1");
		first.run((alone) -> findEachOther(second, (one, two) -> {
			PresenceAutoConfigurationTests.join(alone, "room:1", Map.of("id", "a"));
			PresenceAutoConfigurationTests.join(alone, "room:1", Map.of("id", "c"));
			// An update in each of them has come round before anything is compared.
			PresenceAutoConfigurationTests.join(one, "room:1", Map.of("id", "d"));
			soon().untilAsserted(() -> assertThat(keys(two)).containsExactlyInAnyOrder("a", "b", "d"));
			assertThat(keys(alone)).containsExactlyInAnyOrder("a", "c");
			assertThat(one.getBean(PresenceService.class).kick("a", null, KickMode.LEAVE).toCompletableFuture().join())
				.isOne();
			soon().untilAsserted(() -> assertThat(keys(two)).containsExactlyInAnyOrder("b", "d"));
			assertThat(keys(alone)).containsExactlyInAnyOrder("a", "c");
			List<String> kicks = redis.execute((commands) -> commands.pubsubChannels("presence*kick"));
			assertThat(kicks).containsExactlyInAnyOrder("presence:kick", "presence:1:kick");
		}));
	}

	@Test
	void throughSentinelsAlsoWhenTheMasterIsLost(RedisSentinelServers servers) {
		findEachOther(this.runner.withPropertyValues("spring.data.redis.sentinel.master=" + RedisSentinelServers.MASTER,
				"spring.data.redis.sentinel.nodes=127.0.0.1:" + servers.sentinel().port()), (one, two) -> {
					servers.failOver();
					PresenceAutoConfigurationTests.join(one, "room:1", Map.of("id", "c"));
					soon().untilAsserted(() -> assertThat(keys(two)).containsExactlyInAnyOrder("a", "b", "c"));
				});
	}

	@Test
	void throughAListOfAMasterAndItsReplicas(RedisServer redis) {
		try (RedisServer replica = RedisServer.launch("--replicaof", "127.0.0.1 " + redis.port())) {
			findEachOther(this.runner.withPropertyValues("spring.data.redis.masterreplica.nodes=127.0.0.1:"
					+ replica.port() + ",127.0.0.1:" + redis.port()));
		}
	}

	private static void findEachOther(ApplicationContextRunner configured) {
		findEachOther(configured, (one, two) -> {
		});
	}

	private static void findEachOther(ApplicationContextRunner configured, Applications then) {
		configured.run((one) -> configured.run((two) -> {
			PresenceAutoConfigurationTests.join(one, "room:1", Map.of("id", "a"));
			PresenceAutoConfigurationTests.join(two, "room:1", Map.of("id", "b"));
			soon().untilAsserted(() -> {
				assertThat(keys(one)).containsExactlyInAnyOrder("a", "b");
				assertThat(keys(two)).containsExactlyInAnyOrder("a", "b");
			});
			soon().untilAsserted(() -> assertThat(two.getBean(PresenceStore.class).health().available()).isTrue());
			then.accept(one, two);
		}));
	}

	private static List<String> keys(AssertableApplicationContext context) {
		return context.getBean(PresenceService.class).list("room:1").stream().map(PresenceMember::key).toList();
	}

	private static String port(int port) {
		return "spring.data.redis.port=" + port;
	}

	private static ConditionFactory soon() {
		return Awaitility.await().atMost(Duration.ofSeconds(40)).pollInterval(Duration.ofMillis(50));
	}

	@FunctionalInterface
	private interface Applications {

		void accept(AssertableApplicationContext one, AssertableApplicationContext two);

	}

}
