package io.presence.spring.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.core.task.TaskExecutor;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.scheduling.TaskScheduler;

import io.presence.LeaveReason;
import io.presence.PresenceAction;
import io.presence.PresenceAuthorizer;
import io.presence.PresenceEvent;
import io.presence.PresenceListener;
import io.presence.PresenceRequest;
import io.presence.PresenceSelector;
import io.presence.PresenceService;
import io.presence.PresenceUserResolver;
import io.presence.engine.ClientSession;
import io.presence.engine.ConnectionDetails;
import io.presence.engine.PresenceEngine;
import io.presence.engine.PresenceTransport;
import io.presence.engine.TopicRules;
import io.presence.engine.TopicRules.Tracking;
import io.presence.store.InMemoryPresenceStore;
import io.presence.store.PresenceStore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link PresenceAutoConfiguration} in an application without a web server.
 */
@ExtendWith(OutputCaptureExtension.class)
class PresenceAutoConfigurationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(PresenceSecurityAutoConfiguration.class, PresenceAutoConfiguration.class));

	@Test
	void offersTheService() {
		this.runner.run((context) -> {
			assertThat(context).hasSingleBean(PresenceService.class);
			assertThat(context).getBean(PresenceStore.class).isInstanceOf(InMemoryPresenceStore.class);
			assertThat(context.getBean(PresenceService.class).count("room:1")).isZero();
		});
	}

	@Test
	void offersNothingWhenDisabled() {
		this.runner.withPropertyValues("presence.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(PresenceService.class)
				.doesNotHaveBean(PresenceAuthorizer.class)
				.doesNotHaveBean(PresenceThreads.class));
	}

	@Test
	void publishesNoBeanThatWouldMakeThoseOfSpringBootBackOff() {
		this.runner.run((context) -> assertThat(context).doesNotHaveBean(Executor.class)
			.doesNotHaveBean(TaskExecutor.class)
			.doesNotHaveBean(TaskScheduler.class)
			.doesNotHaveBean(ScheduledExecutorService.class)
			.doesNotHaveBean(JsonMapper.class));
	}

	@Test
	void everyCollaboratorCanBeReplaced() {
		PresenceStore store = mock();
		PresenceUserResolver resolver = mock();
		TopicRules rules = mock();
		PresenceAuthorizer authorizer = mock();
		PresenceService service = mock();
		this.runner.withBean(PresenceStore.class, () -> store)
			.withBean(PresenceUserResolver.class, () -> resolver)
			.withBean(TopicRules.class, () -> rules)
			.withBean(PresenceAuthorizer.class, () -> authorizer)
			.withBean(PresenceService.class, () -> service)
			.run((context) -> {
				assertThat(context).getBean(PresenceStore.class).isSameAs(store);
				assertThat(context).getBean(PresenceUserResolver.class).isSameAs(resolver);
				assertThat(context).getBean(TopicRules.class).isSameAs(rules);
				assertThat(context).getBean(PresenceAuthorizer.class).isSameAs(authorizer);
				assertThat(context).getBean(PresenceService.class).isSameAs(service);
			});
	}

	@Test
	void selectorDecidesWhatOthersSee() {
		this.runner.withBean(PresenceSelector.class, () -> (user) -> Map.of("id", "chosen", "nick", "Neo"))
			.run((context) -> {
				join(context, "room:1", Map.of("id", "mine"));
				assertThat(context.getBean(PresenceService.class).list("room:1")).singleElement()
					.satisfies((member) -> assertThat(member.data())
						.containsExactlyInAnyOrderEntriesOf(Map.of("id", "chosen", "nick", "Neo")));
			});
	}

	@Test
	void additionalSensitiveWordsAreHidden() {
		this.runner.withPropertyValues("presence.select.additional-sensitive-words=salary").run((context) -> {
			join(context, "room:1", Map.of("id", "a", "salary", 1, "token", "t", "name", "n"));
			assertThat(context.getBean(PresenceService.class).list("room:1")).singleElement()
				.satisfies((member) -> assertThat(member.data()).containsOnlyKeys("id", "name"));
		});
	}

	@Test
	void sensitiveWordsReplaceTheBuiltInOnes() {
		this.runner.withPropertyValues("presence.select.sensitive-words=salary").run((context) -> {
			join(context, "room:1", Map.of("id", "a", "salary", 1, "email", "e@example.org"));
			assertThat(context.getBean(PresenceService.class).list("room:1")).singleElement()
				.satisfies((member) -> assertThat(member.data()).containsOnlyKeys("id", "email"));
		});
	}

	@Test
	void keyThatIsNeverShownStopsTheStart() {
		this.runner.withPropertyValues("presence.key=token")
			.run((context) -> assertThat(analyze(context).getDescription()).contains("presence.key='token'"));
	}

	@Test
	void listenersMayUseTheService() {
		this.runner.withUserConfiguration(CountingListener.class).run((context) -> {
			join(context, "room:1", Map.of("id", "a"));
			CountingListener listener = context.getBean(CountingListener.class);
			Awaitility.await().untilAsserted(() -> assertThat(listener.counts).containsExactly(1));
		});
	}

	@Test
	void authorizerMayUseTheService() {
		this.runner.withUserConfiguration(AuthorizerThatCounts.class).run((context) -> {
			PresenceEngine engine = context.getBean(EngineHolder.class).engine();
			assertThat(engine.isAllowed(new PresenceRequest(PresenceAction.OBSERVE, "room:1", null, null, null)))
				.isTrue();
		});
	}

	@Test
	void twoAuthorizersStopTheStart() {
		this.runner.withBean("one", PresenceAuthorizer.class, () -> (request) -> true)
			.withBean("two", PresenceAuthorizer.class, () -> (request) -> false)
			.run((context) -> assertThat(context).getFailure().isInstanceOf(NoUniqueBeanDefinitionException.class));
	}

	@Test
	void eventsArePublishedToTheApplication() {
		this.runner.withUserConfiguration(EventCollector.class).run((context) -> {
			ClientSession session = join(context, "room:1", Map.of("id", "a"));
			session.closed();
			EventCollector collector = context.getBean(EventCollector.class);
			Awaitility.await().untilAsserted(() -> assertThat(collector.all).hasSize(2));
			assertThat(collector.left).singleElement()
				.satisfies((left) -> assertThat(left.reason()).isEqualTo(LeaveReason.DISCONNECT));
		});
	}

	@Test
	void topicRulesAreApplied() {
		this.runner
			.withPropertyValues("presence.topics[0].pattern=off:**", "presence.topics[0].enabled=false",
					"presence.topics[1].pattern=tabs:*", "presence.topics[1].keyed-by=connection")
			.run((context) -> {
				TopicRules rules = context.getBean(TopicRules.class);
				assertThat(rules.tracking("off:1:2")).isEqualTo(Tracking.DISABLED);
				assertThat(rules.tracking("tabs:1")).isEqualTo(Tracking.BY_CONNECTION);
				assertThat(rules.tracking("tabs:1:2")).isEqualTo(Tracking.BY_KEY);
				assertThat(rules.tracking("room:1")).isEqualTo(Tracking.BY_KEY);
			});
	}

	@Test
	void saysThatTheMemoryWasChosenByTheProperty(CapturedOutput output) {
		this.runner.withPropertyValues("presence.store=memory")
			.run((context) -> assertThat(output).contains("because presence.store=memory")
				.contains("set presence.store=redis"));
	}

	@Test
	void saysThatTheMemoryWasChosenForLackOfRedis(CapturedOutput output) {
		this.runner.run((context) -> assertThat(output).contains("presence.store=auto found none")
			.contains("spring-boot-starter-data-redis"));
	}

	@Test
	void saysWhenThereAreSeveralConnectionFactories(CapturedOutput output) {
		this.runner.withUserConfiguration(TwoConnectionFactories.class)
			.run((context) -> assertThat(output).contains("found 2 without a primary one: [one, two]")
				.contains("mark one of them @Primary"));
	}

	@Test
	void askingForRedisWithoutItStopsTheStart() {
		this.runner.withPropertyValues("presence.store=redis").run((context) -> {
			FailureAnalysis analysis = analyze(context);
			assertThat(analysis.getDescription())
				.isEqualTo("presence.store=redis needs a Lettuce connection factory, but found none.");
			assertThat(analysis.getAction()).contains("org.springframework.boot:spring-boot-starter-data-redis")
				.contains("presence.store=memory");
		});
	}

	@Test
	void askingForRedisWithoutItsLibrariesStopsTheStart() {
		this.runner.withClassLoader(new FilteredClassLoader("org.springframework.data.redis", "io.lettuce"))
			.withPropertyValues("presence.store=redis")
			.run((context) -> assertThat(analyze(context).getAction())
				.contains("org.springframework.boot:spring-boot-starter-data-redis"));
	}

	@Test
	void askingForRedisAmongSeveralStopsTheStart() {
		this.runner.withUserConfiguration(TwoConnectionFactories.class)
			.withPropertyValues("presence.store=redis")
			.run((context) -> assertThat(analyze(context).getAction()).contains("@Primary"));
	}

	@Test
	void impossiblePropertiesStopTheStartWithoutAValidator() {
		this.runner.withClassLoader(new FilteredClassLoader("jakarta.validation"))
			.withPropertyValues("presence.ttl=20s", "presence.websocket.path=nowhere")
			.run((context) -> {
				FailureAnalysis analysis = analyze(context);
				assertThat(analysis.getDescription().lines()).containsExactlyInAnyOrder(
						"presence.ttl=20s is less than 3 x presence.redis.lease=10s: entries would expire while"
								+ " their instance keeps them.",
						"presence.websocket.path='nowhere' is not the path of an endpoint.");
				assertThat(analysis.getAction().lines()).hasSize(2);
			});
	}

	@ParameterizedTest
	@ValueSource(strings = { "org.springframework.data", "io.lettuce", "org.springframework.security", "io.micrometer",
			"org.springframework.web.socket", "jakarta.websocket", "org.springframework.web.servlet" })
	void needsNoOptionalLibrary(String library) {
		this.runner.withClassLoader(new FilteredClassLoader(library))
			.withConfiguration(AutoConfigurations.of(PresenceMetricsAutoConfiguration.class,
					PresenceWebSocketAutoConfiguration.class, PresenceWebFluxAutoConfiguration.class))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(PresenceService.class)
				.hasSingleBean(PresenceAuthorizer.class));
	}

	@ParameterizedTest
	@CsvSource({ "PresenceEndpointAutoConfiguration, ConditionalOnAvailableEndpoint",
			"PresenceHealthAutoConfiguration, HealthIndicator", "PresenceMetricsAutoConfiguration, MeterRegistry",
			"PresenceWebSocketAutoConfiguration, WebSocketConfigurer" })
	void isNotEvenLoadedWithoutItsLibrary(String configuration, String type) throws IOException {
		Properties metadata = new Properties();
		try (InputStream in = getClass().getResourceAsStream("/META-INF/spring-autoconfigure-metadata.properties")) {
			metadata.load(in);
		}
		assertThat(metadata.getProperty("io.presence.spring.autoconfigure." + configuration + ".ConditionalOnClass"))
			.contains(type);
	}

	@Test
	void saysGoodbyeBeforeTheWebServerStopsAndEndsItsHoldsAfterwards() {
		assertThat(GoodbyeLifecycle.PHASE).isGreaterThan(WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE)
			.isLessThan(SmartLifecycle.DEFAULT_PHASE);
		assertThat(HoldsLifecycle.PHASE).isLessThan(WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE)
			.isGreaterThan(new LettuceConnectionFactory().getPhase());
	}

	@Test
	void warnsOfAGoodbyeThatSpringWouldCutShort(CapturedOutput output) {
		this.runner.withPropertyValues("presence.shutdown.timeout=30s")
			.run((context) -> assertThat(context).hasNotFailed());
		this.runner
			.withPropertyValues("presence.shutdown.timeout=50s", "spring.lifecycle.timeout-per-shutdown-phase=1m")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain("timeout-per-shutdown-phase");
		this.runner.withPropertyValues("presence.shutdown.timeout=31s")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).containsOnlyOnce("presence.shutdown.timeout is PT31S"
				+ " but spring.lifecycle.timeout-per-shutdown-phase ends each phase of a shutdown after PT30S");
	}

	@Test
	void membersLeaveWithShutdownWhenTheApplicationEnds() {
		AtomicReference<EventCollector> collector = new AtomicReference<>();
		this.runner.withUserConfiguration(EventCollector.class).run((context) -> {
			join(context, "room:1", Map.of("id", "a"));
			collector.set(context.getBean(EventCollector.class));
		});
		assertThat(collector.get().left).singleElement()
			.satisfies((left) -> assertThat(left.reason()).isEqualTo(LeaveReason.SHUTDOWN));
	}

	@Test
	void isNotTouchedWhenATestPausesTheContext() {
		this.runner.run((context) -> {
			context.getSourceApplicationContext(ConfigurableApplicationContext.class).pause();
			join(context, "room:1", Map.of("id", "a"));
			assertThat(context.getBean(PresenceService.class).count("room:1")).isOne();
		});
	}

	static ClientSession join(AssertableApplicationContext context, String topic, Object user) {
		PresenceEngine engine = context.getBean(EngineHolder.class).engine();
		ClientSession session = engine.openDecorated(new Sink(), ConnectionDetails.ofUser(user));
		engine.join(session.connection(), topic).toCompletableFuture().join();
		return session;
	}

	private static FailureAnalysis analyze(AssertableApplicationContext context) {
		assertThat(context).hasFailed();
		FailureAnalysis analysis = new PresenceConfigurationFailureAnalyzer().analyze(context.getStartupFailure());
		assertThat(analysis).isNotNull();
		return analysis;
	}

	private static final class Sink implements PresenceTransport {

		@Override
		public void send(String frame, SendCallback callback) {
			callback.done(null);
		}

		@Override
		public void ping() {
		}

		@Override
		public void close(int code, String reason) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoConnectionFactories {

		@Bean
		LettuceConnectionFactory one() {
			return new LettuceConnectionFactory("localhost", 1);
		}

		@Bean
		LettuceConnectionFactory two() {
			return new LettuceConnectionFactory("localhost", 2);
		}

	}

	static class CountingListener implements PresenceListener {

		private final List<Integer> counts = new CopyOnWriteArrayList<>();

		private final PresenceService presence;

		CountingListener(PresenceService presence) {
			this.presence = presence;
		}

		@Override
		public void onEvent(PresenceEvent event) {
			this.counts.add(this.presence.count(event.topic()));
		}

	}

	static class AuthorizerThatCounts implements PresenceAuthorizer {

		private final PresenceService presence;

		AuthorizerThatCounts(PresenceService presence) {
			this.presence = presence;
		}

		@Override
		public boolean isAllowed(PresenceRequest request) {
			return this.presence.count(request.topic()) == 0;
		}

	}

	static class EventCollector {

		private final List<PresenceEvent> all = new CopyOnWriteArrayList<>();

		private final List<PresenceEvent.Left> left = new CopyOnWriteArrayList<>();

		@EventListener
		void any(PresenceEvent event) {
			this.all.add(event);
		}

		@EventListener
		void left(PresenceEvent.Left event) {
			this.left.add(event);
		}

	}

}
