package io.presence.engine;

import org.jspecify.annotations.Nullable;

import io.presence.concurrent.Scheduler.Cancellable;
import io.presence.json.JsonText;
import io.presence.protocol.Position;
import io.presence.store.MemberState;

/**
 * What one connection is in one topic: a tab of a member if it has joined, an observer on
 * up to two grounds, or, after its connection was lost, what lingers of it for the grace
 * time. Touched only by its topic, but for {@link #uses}, which its connection guards.
 */
final class Subscription {

	private static final int NOT_OBSERVING = -1;

	final Connection connection;

	final Topic topic;

	/** Operations that are on their way to the topic; guarded by the connection. */
	int uses;

	@Nullable LocalMember member;

	@Nullable JsonText data;

	long stamp;

	/**
	 * The update since the last join, if any: a join may arrive that was asked for
	 * before.
	 */
	@Nullable LatestUpdate latestUpdate;

	@Nullable Subscription older;

	@Nullable MemberState state;

	@Nullable StateExpiry stateExpiry;

	@Nullable Cancellable graceEnd;

	private byte grounds;

	private byte light;

	/** The place among the topic's observers. */
	int observerIndex = NOT_OBSERVING;

	/** Whether every diff moves the client on from what it has. */
	boolean synced;

	@Nullable Owed owed;

	/** When the last snapshot was sent, meaningful only if one was. */
	long snapshotAt;

	boolean hadSnapshot;

	Subscription(Connection connection, Topic topic) {
		this.connection = connection;
		this.topic = topic;
	}

	boolean isJoined() {
		return this.member != null;
	}

	boolean observes() {
		return this.grounds != 0;
	}

	boolean observesOn(Ground ground) {
		return (this.grounds & ground.bit()) != 0;
	}

	/**
	 * Begins to observe on a ground.
	 * @param light whether heartbeats need no data for it
	 */
	void observeOn(Ground ground, boolean light) {
		this.grounds |= (byte) ground.bit();
		this.light = (byte) (light ? this.light | ground.bit() : this.light & ~ground.bit());
	}

	void endGround(Ground ground) {
		this.grounds &= (byte) ~ground.bit();
	}

	/**
	 * Tells whether heartbeats need no data on any of its grounds.
	 */
	boolean wantsLightHeartbeats() {
		return (this.grounds & ~this.light) == 0;
	}

	/**
	 * What an update said.
	 *
	 * @param key the key
	 * @param data the data
	 * @param userVersion the version of the user data
	 */
	record LatestUpdate(String key, JsonText data, long userVersion) {

	}

	/**
	 * A snapshot that is owed.
	 *
	 * @param position what the client has, so that less than everything may do
	 * @param sent the topic as the client named it
	 * @param due when it may be sent at the earliest
	 */
	record Owed(@Nullable Position position, String sent, long due) {

	}

	/**
	 * A state that will clear itself. It is the subscription's own for as long as that
	 * has this one.
	 */
	static final class StateExpiry {

		@Nullable Cancellable timer;

		void cancel() {
			if (this.timer != null) {
				this.timer.cancel();
			}
		}

	}

}
