package io.presence.spring.actuate;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import io.presence.engine.PresenceMetrics;

/**
 * Counts with Micrometer.
 */
public final class MicrometerPresenceMetrics implements PresenceMetrics {

	private final MeterRegistry registry;

	private final Counter joins;

	private final Counter denied;

	private final Counter diffs;

	private final Counter snapshots;

	private final Counter conflations;

	private final Counter listenerFailures;

	private final Counter droppedEvents;

	private final Map<String, Counter> abortedJoins = new ConcurrentHashMap<>();

	private final Map<String, Counter> exceededLimits = new ConcurrentHashMap<>();

	private final Map<String, Counter> refusedFrames = new ConcurrentHashMap<>();

	/**
	 * Creates the counters.
	 * @param registry where they are registered
	 */
	public MicrometerPresenceMetrics(MeterRegistry registry) {
		this.registry = registry;
		this.joins = counter("presence.joins", "Joins that took effect");
		this.denied = counter("presence.requests.denied", "Requests that the authorizer denied");
		this.diffs = counter("presence.diffs.sent", "Diffs sent, counted once for each receiver");
		this.snapshots = counter("presence.snapshots.sent", "Snapshots sent, counted once for each receiver");
		this.conflations = counter("presence.connections.conflated",
				"Times that a connection did not keep up and its frames were conflated");
		this.listenerFailures = counter("presence.listeners.failed", "Events that a listener failed on");
		this.droppedEvents = counter("presence.events.dropped", "Events dropped for a listener that did not keep up");
	}

	@Override
	public void joined() {
		this.joins.increment();
	}

	@Override
	public void joinAborted(String reason) {
		this.abortedJoins
			.computeIfAbsent(reason,
					(absent) -> counter("presence.joins.aborted", "Joins undone before they took effect", "reason",
							reason))
			.increment();
	}

	@Override
	public void limitExceeded(String property) {
		this.exceededLimits
			.computeIfAbsent(property,
					(absent) -> counter("presence.limits.exceeded", "Requests that a limit refused", "limit", property))
			.increment();
	}

	@Override
	public void denied() {
		this.denied.increment();
	}

	@Override
	public void frameRefused(String code) {
		this.refusedFrames
			.computeIfAbsent(code,
					(absent) -> counter("presence.frames.refused", "Frames answered with an error", "code", code))
			.increment();
	}

	@Override
	public void diffSent(int receivers) {
		this.diffs.increment(receivers);
	}

	@Override
	public void snapshotSent(int receivers) {
		this.snapshots.increment(receivers);
	}

	@Override
	public void conflated() {
		this.conflations.increment();
	}

	@Override
	public void listenerFailed() {
		this.listenerFailures.increment();
	}

	@Override
	public void eventDropped() {
		this.droppedEvents.increment();
	}

	private Counter counter(String name, String description, String... tags) {
		return Counter.builder(name).description(description).tags(tags).register(this.registry);
	}

}
