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
		return this.holds.stream().anyMatch((hold) -> hold.registration().equals(registration));
	}

	boolean isHeldElsewhere(Truth truth) {
		return this.holds.stream().anyMatch((hold) -> !truth.isOwn(hold.registration()));
	}

	/**
	 * Returns what Redis has of this instance.
	 * @param truth what this instance knows of itself
	 * @return the hold under the current registration, {@code null} if there is none
	 */
	@Nullable StoredHold ownHold(Truth truth) {
		for (StoredHold hold : this.holds) {
			if (truth.isCurrent(hold.registration())) {
				return hold;
			}
		}
		return null;
	}

	/**
	 * Returns what counts of other instances.
	 * @param truth what this instance knows of itself
	 * @return the holds that Redis has and those that a read missed
	 */
	List<StoredHold> othersHolds(Truth truth) {
		List<StoredHold> others = new ArrayList<>(this.holds.size());
		for (StoredHold hold : this.holds) {
			if (!truth.isOwn(hold.registration())) {
				others.add(hold);
			}
		}
		this.carried.forEach((carried) -> others.add(carried.hold()));
		return others;
	}

	boolean isShown() {
		return this.shown != null;
	}

	boolean isCarried(String registration) {
		return this.carried.stream().anyMatch((carried) -> carried.hold().registration().equals(registration));
	}

	/**
	 * Learns what a read found, and keeps what it misses.
	 * @param read the holds that it found
	 * @param carryUntil how long a hold of another instance that is missing still counts
	 * @param truth what this instance knows of itself
	 */
	void keep(List<StoredHold> read, long carryUntil, Truth truth) {
		for (StoredHold hold : this.holds) {
			boolean missing = read.stream().noneMatch((other) -> other.registration().equals(hold.registration()));
			if (missing && truth.isOwn(hold.registration())) {
				this.healing = true;
			}
			else if (missing) {
				carry(hold, carryUntil);
			}
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

	private void carry(StoredHold hold, long until) {
		if (!isCarried(hold.registration())) {
			this.carried = new ArrayList<>(this.carried);
			this.carried.add(new Carried(hold, until));
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
