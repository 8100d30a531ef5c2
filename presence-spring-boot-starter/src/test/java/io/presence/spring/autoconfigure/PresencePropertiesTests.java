package io.presence.spring.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.unit.DataSize;

import io.presence.PresenceAction;
import io.presence.engine.PresenceSettings;
import io.presence.spring.autoconfigure.PresenceProperties.KeyedBy;
import io.presence.spring.autoconfigure.PresenceProperties.StoreType;
import io.presence.spring.security.AccessRule.Allow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Binding and checks of {@link PresenceProperties}.
 */
class PresencePropertiesTests {

	@Test
	void hasTheDocumentedDefaults() {
		PresenceProperties properties = bind();
		assertThat(properties.enabled()).isTrue();
		assertThat(properties.key()).isEqualTo("id");
		assertThat(properties.heartbeat()).isEqualTo(Duration.ofSeconds(30));
		assertThat(properties.ttl()).isEqualTo(Duration.ofSeconds(90));
		assertThat(properties.announcedMaxAge()).isEqualTo(Duration.ofSeconds(90));
		assertThat(properties.grace()).isZero();
		assertThat(properties.store()).isEqualTo(StoreType.AUTO);
		assertThat(properties.access()).isEmpty();
		assertThat(properties.topics()).isEmpty();
		assertThat(properties.websocket().path()).isEqualTo("/presence");
		assertThat(properties.redis().keyPrefix()).isEqualTo("presence:");
		assertThat(properties.redis().lease()).isEqualTo(Duration.ofSeconds(10));
		assertThat(properties.redis().leaseRenewal()).isEqualTo(Duration.ofSeconds(3));
		assertThat(properties.shutdown().timeout()).isEqualTo(Duration.ofSeconds(10));
		assertThat(properties.limits().maxMembersPerTopic()).isZero();
		assertThat(properties.limits().maxFrameBytes()).isEqualTo(DataSize.ofKilobytes(64));
	}

	@Test
	void defaultsAreThoseOfTheEngine() {
		assertThat(new SettingsFactory(bind()).engine()).isEqualTo(PresenceSettings.defaults());
	}

	@Test
	void everyPropertyReachesTheEngine() {
		PresenceSettings settings = new SettingsFactory(bind("heartbeat=1s", "max-age=2s", "grace=3",
				"flush-interval=4ms", "state-flush-interval=5ms", "websocket.ping-interval=6s",
				"websocket.pong-timeout=7s", "websocket.send-timeout=8s", "websocket.subscribe-timeout=10s",
				"redis.command-timeout=9ms", "limits.max-connections=11", "limits.max-topics=12",
				"limits.max-topics-per-connection=13", "limits.max-connections-per-key=14",
				"limits.max-connections-per-address=20", "limits.max-topic-length=15", "limits.max-data-bytes=16B",
				"limits.max-state-bytes=17B", "limits.max-outbound-bytes=18B", "limits.max-frames-per-second=19"))
			.engine();
		assertThat(settings).isEqualTo(new PresenceSettings(Duration.ofSeconds(1), Duration.ofSeconds(2),
				Duration.ofSeconds(3), Duration.ofMillis(4), Duration.ofMillis(5), Duration.ofSeconds(6),
				Duration.ofSeconds(7), Duration.ofSeconds(8), Duration.ofSeconds(10), Duration.ofMillis(9),
				PresenceSettings.defaults().watchLinger(),
				new PresenceSettings.Limits(11, 12, 13, 14, 20, 15, 16, 17, 18, 19)));
	}

	@Test
	void plainNumbersHaveTheDocumentedUnits() {
		PresenceProperties properties = bind("heartbeat=20000", "ttl=120", "grace=5", "max-age=60000", "redis.lease=12",
				"redis.lease-renewal=4", "limits.max-state-bytes=2048");
		assertThat(properties.heartbeat()).isEqualTo(Duration.ofSeconds(20));
		assertThat(properties.ttl()).isEqualTo(Duration.ofMinutes(2));
		assertThat(properties.grace()).isEqualTo(Duration.ofSeconds(5));
		assertThat(properties.maxAge()).isEqualTo(Duration.ofMinutes(1));
		assertThat(properties.redis().lease()).isEqualTo(Duration.ofSeconds(12));
		assertThat(properties.redis().leaseRenewal()).isEqualTo(Duration.ofSeconds(4));
		assertThat(properties.limits().maxStateBytes()).isEqualTo(DataSize.ofKilobytes(2));
	}

	@Test
	void withoutHeartbeatClientsSweepNothing() {
		assertThat(bind("heartbeat=0").announcedMaxAge()).isZero();
	}

	@Test
	void bindsRules() {
		PresenceProperties properties = bind("access[0].pattern=room:*", "access[0].actions=join,observe",
				"access[0].roles=USER,ADMIN", "access[1].pattern=**", "access[1].allow=nobody",
				"topics[0].pattern=cursors:**", "topics[0].keyed-by=connection", "topics[1].pattern=off:*",
				"topics[1].enabled=false");
		assertThat(properties.access().get(0).actions()).containsExactlyInAnyOrder(PresenceAction.JOIN,
				PresenceAction.OBSERVE);
		assertThat(properties.access().get(0).allow()).isEqualTo(Allow.AUTHENTICATED);
		assertThat(properties.access().get(0).roles()).containsExactlyInAnyOrder("USER", "ADMIN");
		assertThat(properties.access().get(1).actions()).isEqualTo(Set.of(PresenceAction.values()));
		assertThat(properties.access().get(1).allow()).isEqualTo(Allow.NOBODY);
		assertThat(properties.topics().get(0).keyedBy()).isEqualTo(KeyedBy.CONNECTION);
		assertThat(properties.topics().get(1).enabled()).isFalse();
	}

	@Test
	void ttlBelowThreeLeasesIsRefused() {
		refused("presence.ttl=20s is less than 3 x presence.redis.lease=10s",
				"Set presence.ttl to at least 30s, or presence.redis.lease to at most 6666ms and"
						+ " presence.redis.lease-renewal to a third of that.",
				"ttl=20s");
	}

	@Test
	void ttlNotAboveGraceIsRefused() {
		refused("presence.ttl=90s is not more than presence.grace=90s", "presence.grace to less than 90s", "grace=90s");
	}

	@Test
	void leaseBelowThreeRenewalsIsRefused() {
		refused("presence.redis.lease=8s is less than 3 x presence.redis.lease-renewal=3s",
				"Set presence.redis.lease to at least 9s", "redis.lease=8s");
	}

	@Test
	void commandTimeoutAboveRenewalIsRefused() {
		refused("presence.redis.command-timeout=4s is more than presence.redis.lease-renewal=3s",
				"Set presence.redis.command-timeout to at most 3s", "redis.command-timeout=4s");
	}

	@Test
	void sweepingWithoutHeartbeatsIsRefused() {
		refused("presence.max-age=60s without heartbeats", "Set presence.max-age=0", "heartbeat=0", "max-age=60s");
	}

	@Test
	void sweepingBeforeTwoHeartbeatsIsRefused() {
		refused("presence.max-age=59s is less than 2 x presence.heartbeat=30s", "Set presence.max-age to at least 60s",
				"max-age=59s");
	}

	@Test
	void bracesInTheKeyPrefixAreRefused() {
		refused("presence.redis.key-prefix='p{x}:'", "without braces", "redis.key-prefix=p{x}:");
	}

	@Test
	void stateLargerThanAFrameIsRefused() {
		refused("presence.limits.max-state-bytes=65536B does not fit", "presence.limits.max-frame-bytes to more than",
				"limits.max-state-bytes=64KB");
	}

	@Test
	void pathThatIsNoneIsRefused() {
		refused("presence.websocket.path='presence'", "begins with '/'", "websocket.path=presence");
		refused("presence.websocket.path='/a/*'", "no blanks or patterns", "websocket.path=/a/*");
	}

	@Test
	void whatIsNoOriginIsRefused() {
		for (String wrong : List.of("http://a.example/path", "http://a.example/", "a.example")) {
			refused("presence.websocket.allowed-origins has '" + wrong + "'", "no slash at the end",
					"websocket.allowed-origins=https://b.example:8443," + wrong);
		}
		assertThat(bind("websocket.allowed-origins=https://a.example,*").websocket().allowedOrigins()).hasSize(2);
	}

	@Test
	void blankKeyIsRefused() {
		refused("presence.key is blank", "Set presence.key", "key= ");
	}

	@Test
	void ruleWithoutPatternIsRefused() {
		refused("presence.access[0].pattern is missing", "Set presence.access[0].pattern", "access[0].allow=anyone");
		refused("presence.topics[0].pattern is missing", "Set presence.topics[0].pattern", "topics[0].enabled=false");
	}

	@Test
	void patternWithBracesIsRefused() {
		refused("presence.access[0].pattern='room:{id}' is not a pattern", "room:*", "access[0].pattern=room:{id}");
	}

	@Test
	void rolesForEveryoneAreRefused() {
		refused("presence.access[0].allow=anyone contradicts presence.access[0].roles=[ADMIN]",
				"Remove presence.access[0].roles", "access[0].pattern=**", "access[0].allow=anyone",
				"access[0].roles=ADMIN");
	}

	@ParameterizedTest
	@ValueSource(strings = { "ttl", "flush-interval", "state-flush-interval", "websocket.ping-interval",
			"websocket.pong-timeout", "websocket.send-timeout", "redis.lease", "redis.lease-renewal",
			"redis.command-timeout" })
	void durationsThatMustBePositiveAre(String name) {
		refused("presence." + name + "=0s is not a positive duration", "Set presence." + name, name + "=0s");
	}

	@ParameterizedTest
	@ValueSource(strings = { "heartbeat", "max-age", "grace", "shutdown.timeout" })
	void noDurationIsNegative(String name) {
		refused("presence." + name + "=-1s is negative", "Set presence." + name, name + "=-1s");
	}

	@ParameterizedTest
	@ValueSource(strings = { "max-connections", "max-topics", "max-topics-per-connection", "max-connections-per-key",
			"max-topic-length", "max-frames-per-second" })
	void limitsArePositive(String name) {
		refused("presence.limits." + name + "=0 is not a positive number", "Set presence.limits." + name,
				"limits." + name + "=0");
	}

	@ParameterizedTest
	@ValueSource(strings = { "max-data-bytes", "max-state-bytes", "max-frame-bytes", "max-outbound-bytes" })
	void sizesArePositiveAndAddressable(String name) {
		refused("presence.limits." + name + "=0B is not between", "Set presence.limits." + name,
				"limits." + name + "=0");
		refused("presence.limits." + name + "=", "Set presence.limits." + name, "limits." + name + "=3GB");
	}

	@Test
	void membersPerTopicMayBeUnlimitedButNotNegative() {
		assertThat(bind("limits.max-members-per-topic=0").limits().maxMembersPerTopic()).isZero();
		refused("presence.limits.max-members-per-topic=-1 is negative", "0 for any number",
				"limits.max-members-per-topic=-1");
	}

	@Test
	void allProblemsAreToldAtOnce() {
		refused("presence.ttl=20s", "presence.redis.lease=8s", "ttl=20s", "redis.lease=8s");
	}

	private static void refused(String description, String action, String... properties) {
		assertThatExceptionOfType(BindException.class).isThrownBy(() -> bind(properties))
			.havingRootCause()
			.isInstanceOf(PresenceConfigurationException.class)
			.withMessageContaining(description)
			.withMessageContaining(action);
	}

	private static PresenceProperties bind(String... properties) {
		Map<String, String> source = new HashMap<>();
		Arrays.stream(properties)
			.forEach((property) -> source.put("presence." + property.substring(0, property.indexOf('=')),
					property.substring(property.indexOf('=') + 1)));
		return new Binder(new MapConfigurationPropertySource(source)).bindOrCreate("presence",
				PresenceProperties.class);
	}

}
