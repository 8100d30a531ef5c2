package io.presence.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;

import io.presence.concurrent.Scheduler;

/**
 * Closes all connections in order: each is told when to come back, spread so that not all
 * do in the same instant, and a part of them is closed every few milliseconds.
 */
final class Goodbye {

	private static final Duration STEP = Duration.ofMillis(10);

	private static final int MIN_PER_STEP = 50;

	private static final int RETRY_MIN_MILLIS = 200;

	private static final int RETRY_SPREAD_MILLIS = 4_800;

	private final Collection<ClientSession> sessions;

	private final Scheduler scheduler;

	private final long deadline;

	private final int perStep;

	private final Iterator<ClientSession> next;

	private final CompletableFuture<Void> done = new CompletableFuture<>();

	Goodbye(Collection<ClientSession> sessions, Scheduler scheduler, Duration timeout) {
		this.sessions = sessions;
		this.scheduler = scheduler;
		this.deadline = scheduler.nanoTime() + timeout.toNanos();
		List<ClientSession> all = new ArrayList<>(sessions);
		long steps = Math.max(1, timeout.toMillis() / STEP.toMillis() / 2);
		this.perStep = (int) Math.max(MIN_PER_STEP, all.size() / steps + 1L);
		this.next = all.iterator();
	}

	CompletionStage<Void> say() {
		step();
		return this.done;
	}

	private void step() {
		for (int i = 0; i < this.perStep && this.next.hasNext(); i++) {
			this.next.next().goodbye(retryAfter());
		}
		if (this.sessions.isEmpty()) {
			this.done.complete(null);
		}
		else if (this.scheduler.nanoTime() >= this.deadline) {
			this.sessions.forEach(ClientSession::abandon);
			this.done.complete(null);
		}
		else {
			this.scheduler.schedule(this::step, STEP);
		}
	}

	/**
	 * Returns when a client should come back: another time for each.
	 */
	static Duration retryAfter() {
		return Duration.ofMillis(RETRY_MIN_MILLIS + ThreadLocalRandom.current().nextLong(RETRY_SPREAD_MILLIS));
	}

}
