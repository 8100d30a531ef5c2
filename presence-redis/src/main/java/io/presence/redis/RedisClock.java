package io.presence.redis;

import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;

import io.presence.concurrent.Scheduler;

/**
 * The clock of Redis, reckoned from its answers by a clock that only grows. Before the
 * first answer it gives small numbers, which {@link #settle} turns into times of Redis.
 * <p>
 * An answer tells the time of a moment between question and answer (F. Cristian,
 * <i>Probabilistic clock synchronization</i>, 1989): the longer it took, the less it
 * tells. One that tells less than what is known counts only when it contradicts it, as
 * the clock has jumped then.
 * <p>
 * A jump forward is followed at once, a jump back by going more slowly: instances learn
 * of it at different moments, and still agree on what is newest.
 */
final class RedisClock {

	private static final long PROVISIONAL = 1L << 40;

	private static final long UNKNOWN = Long.MIN_VALUE;

	/** How far two clocks may come apart, one part in so many. */
	private static final long DRIFT = 5000;

	/** The part of the time by which it goes more slowly, one in so many. */
	private static final long SLOWDOWN = 10;

	private final Scheduler scheduler;

	private final long started;

	private final AtomicLong last = new AtomicLong();

	private volatile long firstOffset = UNKNOWN;

	private volatile @Nullable Reckoning reckoning;

	private long uncertainty;

	RedisClock(Scheduler scheduler) {
		this.scheduler = scheduler;
		this.started = scheduler.nanoTime();
	}

	/**
	 * Returns the time, each time a greater one.
	 * @return microseconds
	 */
	long stamp() {
		Reckoning known = this.reckoning;
		long now = elapsed(this.scheduler.nanoTime());
		long time = now + ((known != null) ? known.shown(now) : 1);
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
		long now = elapsed(answered);
		Reckoning known = this.reckoning;
		if (known == null) {
			this.firstOffset = told;
			learn(new Reckoning(told, 0, now), error);
		}
		else if (now >= known.at()) {
			long grown = this.uncertainty + (now - known.at()) / DRIFT;
			if (Math.abs(told - known.offset()) > error + grown) {
				learn(new Reckoning(told, Math.max(0, known.shown(now) - told), now), error);
			}
			else if (error <= grown) {
				learn(new Reckoning(told, known.shown(now) - known.offset(), now), error);
			}
		}
	}

	private void learn(Reckoning learned, long error) {
		this.reckoning = learned;
		this.uncertainty = error;
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

	/**
	 * What was known at a moment. All are microseconds.
	 *
	 * @param offset what to add to the time elapsed
	 * @param ahead by how much more the stamps were ahead of Redis
	 * @param at the moment
	 */
	private record Reckoning(long offset, long ahead, long at) {

		long shown(long now) {
			return this.offset + Math.max(0, this.ahead - Math.max(0, now - this.at) / SLOWDOWN);
		}

	}

}
