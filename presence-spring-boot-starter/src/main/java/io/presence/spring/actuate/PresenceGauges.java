package io.presence.spring.actuate;

import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.jspecify.annotations.Nullable;

import io.presence.engine.EngineStatistics;
import io.presence.engine.PresenceEngine;

/**
 * Gauges of what this instance has. The engine is asked at most once a second.
 */
public final class PresenceGauges implements MeterBinder {

	private static final long MAX_AGE_NANOS = TimeUnit.SECONDS.toNanos(1);

	private final PresenceEngine engine;

	private @Nullable EngineStatistics statistics;

	private long takenAt;

	/**
	 * Creates the gauges.
	 * @param engine the engine
	 */
	public PresenceGauges(PresenceEngine engine) {
		this.engine = engine;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		gauge(registry, "presence.connections", "Open connections of this instance", EngineStatistics::connections);
		gauge(registry, "presence.connections.participating",
				"Connections of this instance that have joined or observe a topic",
				EngineStatistics::participatingConnections);
		gauge(registry, "presence.topics", "Topics that this instance watches", EngineStatistics::topics);
		gauge(registry, "presence.members", "Members of the watched topics, wherever they are connected",
				EngineStatistics::members);
		gauge(registry, "presence.holds", "Members of the watched topics that are connected to this instance",
				EngineStatistics::holds);
		gauge(registry, "presence.observers", "Observers of the watched topics that are connected to this instance",
				EngineStatistics::observers);
		Gauge.builder("presence.store.available", this.engine, (engine) -> engine.storeHealth().available() ? 1 : 0)
			.description("Whether the instances can see each other's members")
			.register(registry);
		TimeGauge
			.builder("presence.store.away", this.engine, TimeUnit.MILLISECONDS,
					(engine) -> engine.storeHealth().away().toMillis())
			.description("For how long the instances have not been able to see each other's members, zero if they can")
			.register(registry);
	}

	private void gauge(MeterRegistry registry, String name, String description,
			ToDoubleFunction<EngineStatistics> value) {
		Gauge.builder(name, this, (gauges) -> value.applyAsDouble(gauges.statistics()))
			.description(description)
			.register(registry);
	}

	private synchronized EngineStatistics statistics() {
		EngineStatistics statistics = this.statistics;
		long now = System.nanoTime();
		if (statistics == null || now - this.takenAt > MAX_AGE_NANOS) {
			statistics = this.engine.statistics();
			this.statistics = statistics;
			this.takenAt = now;
		}
		return statistics;
	}

}
