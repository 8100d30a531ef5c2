package io.presence.redis;

import org.jspecify.annotations.Nullable;

import io.presence.store.Hold;
import io.presence.store.Settlement;

/**
 * Says that a hold or a state of this instance may stand differently in Redis. It lives
 * until it was answered and, where the topic is watched, the replica shows the answer.
 */
final class Mark {

	private final Id id;

	private final long since;

	private final long number;

	/** Whether it is in the batch that is under way. */
	boolean sent;

	/** When it was marked again while it was under way, {@code null} if it was not. */
	@Nullable Long again;

	/** Where it is shown as it is in memory. */
	@Nullable Watch overlaid;

	/** The answer that the listener was told. */
	@Nullable Settlement toldSettlement;

	/** Whether nobody waits for it any more. */
	boolean finished;

	/** The hold that was told to Redis. */
	@Nullable Hold told;

	@Nullable Settlement settlement;

	/** Whether the answer is that the member came or left with it. */
	boolean edge;

	/** The version that carries the answer, 0 if nothing changed. */
	long version;

	long answeredAt;

	Mark(Id id, long since, long number) {
		this.id = id;
		this.since = since;
		this.number = number;
	}

	Id id() {
		return this.id;
	}

	/**
	 * Returns when it was marked.
	 * @return nanoseconds
	 */
	long since() {
		return this.since;
	}

	/**
	 * Returns its place in the order of all marks of the bucket.
	 * @return a number
	 */
	long number() {
		return this.number;
	}

	/**
	 * Tells whether Redis answered that the member has left by choice elsewhere, so that
	 * a hold for the grace time is none.
	 * @return whether it did
	 */
	boolean isOver() {
		return this.settlement == Settlement.RELEASED && this.told instanceof Hold.Held;
	}

	/**
	 * What is marked.
	 *
	 * @param topic the name of the topic
	 * @param isHold whether it is a hold, otherwise it is a state
	 * @param id the key of the hold or the id of the state's connection
	 */
	record Id(String topic, boolean isHold, String id) {

		static Id hold(String topic, String key) {
			return new Id(topic, true, key);
		}

		static Id state(String topic, String connectionId) {
			return new Id(topic, false, connectionId);
		}

	}

}
