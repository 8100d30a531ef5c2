package io.presence.redis;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.json.JsonText;

/**
 * A member in a replica: its holds as Redis has them, what else counts, and what the
 * listener was told.
 */
final class ReplicaMember {

	/** The holds that Redis has. */
	List<StoredHold> holds = List.of();

	/** Holds that a read missed and that still count. */
	List<Carried> carried = List.of();

	/** The connections that have a state under this key. */
	List<String> connections = List.of();

	/** Whether Redis has a value that cannot be read. */
	boolean unreadable;

	/** How many old marks ask to show this instance's hold as it is in memory. */
	int overlays;

	/** Whether Redis lacks this instance's hold, which will be there again. */
	boolean healing;

	/** Why this instance let go of its hold, if it did. */
	@Nullable LeaveReason departing;

	/** Whether the member came with this instance's hold, and that was not shown yet. */
	boolean arriving;

	/** Whether the member left with this instance's hold, and that was not shown yet. */
	boolean departed;

	/** The data that were shown last, {@code null} if the member was not shown. */
	@Nullable JsonText shown;

	boolean shownElsewhere;

	boolean isStored() {
		return this.unreadable || !this.holds.isEmpty();
	}

	boolean isEmpty() {
		return !isStored() && this.carried.isEmpty() && this.connections.isEmpty() && this.overlays == 0
				&& !this.healing && this.shown == null;
	}

	boolean isHeldBy(String registration) {
		return hold(registration) != null;
	}

	@Nullable StoredHold hold(String registration) {
		for (StoredHold hold : this.holds) {
			if (hold.registration().equals(registration)) {
				return hold;
			}
		}
		return null;
	}

	boolean isCarried(String registration) {
		return this.carried.stream().anyMatch((carried) -> carried.hold().registration().equals(registration));
	}

	void carry(StoredHold hold, long until) {
		if (!isCarried(hold.registration())) {
			this.carried = new ArrayList<>(this.carried);
			this.carried.add(new Carried(hold, until));
		}
	}

	void dropCarried(long now) {
		this.carried = this.carried.stream()
			.filter((carried) -> carried.until() - now > 0 && !isHeldBy(carried.hold().registration()))
			.toList();
	}

	void drop(String registration) {
		this.holds = this.holds.stream().filter((hold) -> !hold.registration().equals(registration)).toList();
		this.carried = this.carried.stream()
			.filter((carried) -> !carried.hold().registration().equals(registration))
			.toList();
	}

	void connect(String connectionId) {
		if (!this.connections.contains(connectionId)) {
			this.connections = new ArrayList<>(this.connections);
			this.connections.add(connectionId);
		}
	}

	void disconnect(String connectionId) {
		if (this.connections.contains(connectionId)) {
			this.connections = this.connections.stream().filter((id) -> !id.equals(connectionId)).toList();
		}
	}

	/**
	 * A hold that a read missed.
	 *
	 * @param hold the hold
	 * @param until when it stops to count
	 */
	record Carried(StoredHold hold, long until) {

	}

}
