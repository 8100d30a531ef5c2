package io.presence.redis;

import java.util.concurrent.atomic.AtomicLong;

import io.presence.concurrent.Scheduler;

/**
 * The clock of Redis, reckoned from its answers by a clock that only grows. Before the
 * first answer it gives small numbers, which {@link #settle} turns into times of Redis.
 * <p>
 * An answer tells the time of a moment between question and answer (F. Cristian,
 * <i>Probabilistic clock synchronization</i>, 1989): the longer it took, the less it
 * tells. One that tells less than what is known counts only when it contradicts it, as
 * the clock has jumped then.
 */
final class RedisClock {

	private static final long PROVISIONAL = 1L << 40;

	private static final long UNKNOWN = Long.MIN_VALUE;

	/** How far two clocks may come apart, one part in so many. */
	private static final long DRIFT = 5000;

	private final Scheduler scheduler;

	private final long started;

	private final AtomicLong last = new AtomicLong();

	private volatile long firstOffset = UNKNOWN;

	private volatile long offset = UNKNOWN;

	private long uncertainty;

	private long observedAt;

	RedisClock(Scheduler scheduler) {
		this.scheduler = scheduler;
		this.started = scheduler.nanoTime();
	}

	/**
	 * Returns the time, each time a greater one.
	 * @return microseconds
	 */
	long stamp() {
		long known = this.offset;
		long time = elapsed(this.scheduler.nanoTime()) + ((known != UNKNOWN) ? known : 1);
		return this.last.updateAndGet((last) -> Math.max(last + 1, time));
	}

	/**
	 * Learns the time.
	 * @param micros the clock of Redis
	 * @param sent when it was asked, in nanoseconds
	 * @param answered when the answer came, in nanoseconds
	 */
	synchronized void observe(long micros, long sent, long answered) {
		long error = (answered - sent) / 2000 + 1;
		long told = micros - elapsed(sent + (answered - sent) / 2);
		if (this.firstOffset == UNKNOWN) {
			this.firstOffset = told;
		}
		long now = elapsed(answered);
		long grown = this.uncertainty + (now - this.observedAt) / DRIFT;
		if (this.offset == UNKNOWN || error <= grown || Math.abs(told - this.offset) > error + grown) {
			this.offset = told;
			this.uncertainty = error;
			this.observedAt = now;
		}
	}

	/**
	 * Returns a stamp as it is sent to Redis.
	 * @param stamp what {@link #stamp} returned
	 * @return the same moment on the clock of Redis, always the same for one stamp
	 */
	long settle(long stamp) {
		long first = this.firstOffset;
		return (stamp < PROVISIONAL && first != UNKNOWN) ? Math.max(1, stamp + first) : stamp;
	}

	private long elapsed(long nanos) {
		return (nanos - this.started) / 1000;
	}

}
