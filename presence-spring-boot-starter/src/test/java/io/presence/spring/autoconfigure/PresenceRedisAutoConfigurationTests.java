package io.presence.spring.autoconfigure;

import java.time.Duration;
import java.util.Map;

import io.lettuce.core.RedisURI;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import io.presence.PresenceService;
import io.presence.redis.RedisPresenceStore;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.spring.actuate.PresenceHealthIndicator;
import io.presence.store.InMemoryPresenceStore;
import io.presence.store.PresenceStore;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PresenceRedisAutoConfiguration}.
 */
@ExtendWith(OutputCaptureExtension.class)
class PresenceRedisAutoConfigurationTests {

	private static final int NOBODY_LISTENS = 1;

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(DataRedisAutoConfiguration.class, PresenceRedisAutoConfiguration.class,
				PresenceSecurityAutoConfiguration.class, PresenceAutoConfiguration.class,
				PresenceHealthAutoConfiguration.class))
		.withPropertyValues("spring.data.redis.port=" + NOBODY_LISTENS);

	@Test
	void startsDegradedAndServesWithoutAReachableRedis(CapturedOutput output) {
		this.runner.run((context) -> {
			assertThat(context).getBean(PresenceStore.class).isInstanceOf(RedisPresenceStore.class);
			assertThat(output).contains("because presence.store=auto found a Lettuce connection factory")
				.contains("set presence.store=memory");
			assertThat(context.getBean(PresenceHealthIndicator.class).health().getStatus())
				.isEqualTo(PresenceHealthIndicator.DEGRADED);
			PresenceAutoConfigurationTests.join(context, "room:1", Map.of("id", "a"));
			assertThat(context.getBean(PresenceService.class).isPresent("room:1", "a")).isTrue();
		});
	}

	@Test
	void memoryIsTakenWhenAskedFor() {
		this.runner.withPropertyValues("presence.store=memory")
			.run((context) -> assertThat(context).getBean(PresenceStore.class)
				.isInstanceOf(InMemoryPresenceStore.class));
	}

	@Test
	void redisIsTakenWhenAskedFor(CapturedOutput output) {
		this.runner.withPropertyValues("presence.store=redis").run((context) -> {
			assertThat(context).getBean(PresenceStore.class).isInstanceOf(RedisPresenceStore.class);
			assertThat(output).contains("because presence.store=redis");
		});
	}

	@Test
	void primaryConnectionFactoryIsTakenAmongSeveral() {
		this.runner.withUserConfiguration(PrimaryAndAnother.class)
			.run((context) -> assertThat(context).getBean(PresenceStore.class).isInstanceOf(RedisPresenceStore.class));
	}

	@Test
	void severalConnectionFactoriesWithoutAPrimaryAreLeftAlone() {
		this.runner.withUserConfiguration(PresenceAutoConfigurationTests.TwoConnectionFactories.class)
			.run((context) -> assertThat(context).getBean(PresenceStore.class)
				.isInstanceOf(InMemoryPresenceStore.class));
	}

	@Test
	void backsOffWithoutLettuce() {
		this.runner.withClassLoader(new FilteredClassLoader("io.lettuce"))
			.run((context) -> assertThat(context).getBean(PresenceStore.class)
				.isInstanceOf(InMemoryPresenceStore.class));
	}

	@Test
	@ExtendWith(RedisServerExtension.class)
	void twoApplicationsShareARoster(RedisURI redis) {
		ApplicationContextRunner connected = this.runner.withPropertyValues("presence.store=redis",
				"spring.data.redis.host=" + redis.getHost(), "spring.data.redis.port=" + redis.getPort());
		connected.run((one) -> connected.run((two) -> {
			PresenceAutoConfigurationTests.join(one, "room:1", Map.of("id", "a"));
			PresenceAutoConfigurationTests.join(two, "room:1", Map.of("id", "b"));
			Awaitility.await()
				.atMost(Duration.ofSeconds(30))
				.untilAsserted(() -> assertThat(one.getBean(PresenceService.class).list("room:1")).extracting("key")
					.containsExactlyInAnyOrder("a", "b"));
			assertThat(one.getBean(PresenceHealthIndicator.class).health().getStatus().getCode()).isEqualTo("UP");
		}));
	}

	@Configuration(proxyBeanMethods = false)
	static class PrimaryAndAnother {

		@Bean
		@Primary
		LettuceConnectionFactory one() {
			return new LettuceConnectionFactory("localhost", NOBODY_LISTENS);
		}

		@Bean
		LettuceConnectionFactory two() {
			return new LettuceConnectionFactory("localhost", NOBODY_LISTENS);
		}

	}

}
