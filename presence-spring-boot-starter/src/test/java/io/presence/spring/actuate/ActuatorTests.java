package io.presence.spring.actuate;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

import io.presence.PresenceConnectionClosedException;
import io.presence.engine.ClientSession;
import io.presence.engine.ConnectionDetails;
import io.presence.engine.PresenceEngine;
import io.presence.engine.PresenceSettings;
import io.presence.engine.PresenceTransport;
import io.presence.store.InMemoryPresenceStore;
import io.presence.store.PresenceStore;
import io.presence.store.StoreHealth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.spy;

/**
 * Health, endpoint and metrics over an engine in memory.
 */
class ActuatorTests {

	private final PresenceStore store = new InMemoryPresenceStore(Runnable::run, 0);

	private final MeterRegistry registry = new SimpleMeterRegistry();

	@Test
	void healthIsUpWithTheDetailsOfTheStore() {
		Health health = new PresenceHealthIndicator(
				() -> new StoreHealth(true, Duration.ZERO, Map.of("store", "memory")))
			.health();
		assertThat(health.getStatus()).isEqualTo(Status.UP);
		assertThat(health.getDetails()).containsEntry("store", "memory");
	}

	@Test
	void healthIsDegradedNotDownWhileTheStoreIsAway() {
		AtomicBoolean available = new AtomicBoolean();
		PresenceHealthIndicator indicator = new PresenceHealthIndicator(
				() -> new StoreHealth(available.get(), Duration.ZERO, Map.of()));
		assertThat(indicator.health().getStatus()).isEqualTo(PresenceHealthIndicator.DEGRADED);
		available.set(true);
		assertThat(indicator.health().getStatus()).isEqualTo(Status.UP);
	}

	@Test
	void countsJoinsRefusalsAndWhatIsThere() {
		try (PresenceEngine engine = engine()) {
			new PresenceGauges(engine).bindTo(this.registry);
			ClientSession session = engine.open(new Sink(), ConnectionDetails.ofUser(Map.of("id", "a")));
			engine.join(session.connection(), "room:1").toCompletableFuture().join();
			session.receive("{\"type\":\"nonsense\"}");
			assertThat(count("presence.joins")).isEqualTo(1);
			assertThat(count("presence.frames.refused", "code", "unknown-type")).isEqualTo(1);
			assertThat(gauge("presence.connections")).isEqualTo(1);
			assertThat(gauge("presence.connections.participating")).isEqualTo(1);
			assertThat(gauge("presence.topics")).isEqualTo(1);
			assertThat(gauge("presence.members")).isEqualTo(1);
			assertThat(gauge("presence.store.available")).isEqualTo(1);
		}
	}

	@Test
	void measuresForHowLongTheStoreHasBeenAway() {
		PresenceStore away = spy(this.store);
		try (PresenceEngine engine = PresenceEngine.builder().store(away).build()) {
			new PresenceGauges(engine).bindTo(this.registry);
			assertThat(this.registry.get("presence.store.away").timeGauge().value(TimeUnit.SECONDS)).isZero();
			doReturn(new StoreHealth(false, Duration.ofMillis(90_500), Map.of())).when(away).health();
			assertThat(this.registry.get("presence.store.away").timeGauge().value(TimeUnit.SECONDS)).isEqualTo(90.5);
			assertThat(gauge("presence.store.available")).isZero();
		}
	}

	@Test
	void countsJoinsThatWereAborted() {
		try (PresenceEngine engine = engine()) {
			ClientSession session = engine.open(new Sink(), ConnectionDetails.ofUser(Map.of("id", "a")));
			session.closed();
			assertThatExceptionOfType(java.util.concurrent.CompletionException.class)
				.isThrownBy(() -> engine.join(session.connection(), "room:1").toCompletableFuture().join())
				.withCauseInstanceOf(PresenceConnectionClosedException.class);
			assertThat(count("presence.joins.aborted", "reason", "ws_closed")).isEqualTo(1);
		}
	}

	@Test
	void countsWhatTheEngineReports() {
		MicrometerPresenceMetrics metrics = new MicrometerPresenceMetrics(this.registry);
		metrics.limitExceeded("presence.limits.max-topics");
		metrics.denied();
		metrics.diffSent(3);
		metrics.snapshotSent(2);
		metrics.conflated();
		metrics.listenerFailed();
		metrics.eventDropped();
		assertThat(count("presence.limits.exceeded", "limit", "presence.limits.max-topics")).isEqualTo(1);
		assertThat(count("presence.requests.denied")).isEqualTo(1);
		assertThat(count("presence.diffs.sent")).isEqualTo(3);
		assertThat(count("presence.snapshots.sent")).isEqualTo(2);
		assertThat(count("presence.connections.conflated")).isEqualTo(1);
		assertThat(count("presence.listeners.failed")).isEqualTo(1);
		assertThat(count("presence.events.dropped")).isEqualTo(1);
	}

	@Test
	void endpointListsTopicsWithCountsButNoMembers() {
		try (PresenceEngine engine = engine()) {
			for (int i = 0; i < 3; i++) {
				ClientSession session = engine.open(new Sink(), ConnectionDetails.ofUser(Map.of("id", "secret" + i)));
				engine.join(session.connection(), "room:" + i).toCompletableFuture().join();
			}
			PresenceEndpoint endpoint = new PresenceEndpoint(engine, this.store, java.time.Duration.ofSeconds(1));
			Map<String, Object> answer = endpoint.presence(2);
			assertThat(answer).containsOnlyKeys("instance", "store", "topics");
			assertThat(answer.get("topics")).isEqualTo(Map.of("total", 3, "counts", Map.of("room:0", 1, "room:1", 1)));
			assertThat(answer.get("store")).asString().contains("available=true");
			assertThat(answer.toString()).doesNotContain("secret");
			assertThat(endpoint.presence(null).get("topics")).asString().contains("room:2");
			assertThat(endpoint.presence(-1).get("topics")).isEqualTo(Map.of("total", 3, "counts", Map.of()));
		}
	}

	private PresenceEngine engine() {
		return PresenceEngine.builder()
			.settings(PresenceSettings.defaults())
			.store(this.store)
			.metrics(new MicrometerPresenceMetrics(this.registry))
			.build();
	}

	private double count(String name, String... tags) {
		return this.registry.get(name).tags(tags).counter().count();
	}

	private double gauge(String name) {
		return this.registry.get(name).gauge().value();
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

}
