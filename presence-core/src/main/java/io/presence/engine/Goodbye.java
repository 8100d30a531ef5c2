package io.presence.engine;

import java.time.Duration;
import java.util.ArrayList;
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

	/**
	 * How long it waits for links whose close was asked for: some containers tell that a
	 * link is closed when the close frame has left, others when the client has answered.
	 */
	private static final Duration CLOSING = Duration.ofSeconds(1);

	private static final long NOT_YET = Long.MIN_VALUE;

	private final Sessions sessions;

	private final Scheduler scheduler;

	private final long deadline;

	private final int perStep;

	private final Iterator<ClientSession> next;

	private long drainedAt = NOT_YET;

	private final CompletableFuture<Void> done = new CompletableFuture<>();

	Goodbye(Sessions sessions, Scheduler scheduler, Duration timeout) {
		this.sessions = sessions;
		this.scheduler = scheduler;
		this.deadline = scheduler.nanoTime() + timeout.toNanos();
		List<ClientSession> all = new ArrayList<>(sessions.all());
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
		long now = this.scheduler.nanoTime();
		boolean drained = this.sessions.size() == 0;
		if (drained && this.drainedAt == NOT_YET) {
			this.drainedAt = now;
		}
		if (drained && (!this.sessions.areClosing() || now - this.drainedAt >= CLOSING.toNanos())) {
			this.done.complete(null);
		}
		else if (now >= this.deadline) {
			this.sessions.all().forEach(ClientSession::abandon);
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
