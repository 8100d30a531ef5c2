package io.presence.redis;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.json.JsonText;
import io.presence.store.Hold;
import io.presence.store.MemberState;
import io.presence.store.RosterChange;
import io.presence.store.RosterChange.Gone;
import io.presence.store.RosterChange.MemberChange;
import io.presence.store.RosterChange.Present;
import io.presence.store.RosterChange.StateChange;
import io.presence.store.StoredRoster;

/**
 * The roster of a topic as it is shown: what follows from the replica, compared with what
 * was shown before. A hold or a state of this instance is shown as it is in memory while
 * it is healing, while it stands under a registration that this instance gave up, and
 * while its mark is old (<em>overlaid</em>).
 */
final class ShownRoster {

	private final Replica replica;

	private final Truth truth;

	ShownRoster(Replica replica, Truth truth) {
		this.replica = replica;
		this.truth = truth;
	}

	boolean contains(String key) {
		ReplicaMember member = this.replica.member(key);
		return member != null && member.isShown();
	}

	int size() {
		return (int) this.replica.members().values().stream().filter(ReplicaMember::isShown).count();
	}

	/**
	 * Returns all that is shown.
	 * @return the roster as a complete change
	 */
	RosterChange complete() {
		List<MemberChange> memberChanges = new ArrayList<>();
		List<StateChange> stateChanges = new ArrayList<>();
		this.replica.members().forEach((key, member) -> {
			if (member.shown != null) {
				memberChanges.add(new Present(key, member.shown, member.shownElsewhere, false));
			}
		});
		this.replica.states().forEach((id, state) -> {
			if (state.shown != null) {
				stateChanges.add(new StateChange(id, state.shown, false));
			}
		});
		return new RosterChange(this.replica.topic(), true, memberChanges, stateChanges);
	}

	StoredRoster roster(boolean stale) {
		Map<String, JsonText> data = new HashMap<>();
		Map<String, MemberState> shownStates = new HashMap<>();
		this.replica.members().forEach((key, member) -> {
			if (member.shown != null) {
				data.put(key, member.shown);
			}
		});
		this.replica.states().forEach((id, state) -> {
			if (state.shown != null) {
				shownStates.put(id, state.shown);
			}
		});
		return new StoredRoster(data, shownStates, this.replica.version(), stale);
	}

	/**
	 * Shows this instance's own holds and states as they are in memory until Redis has
	 * them.
	 * @param touched what is to be looked at again
	 */
	void showTruth(Touched touched) {
		String topic = this.replica.topic();
		this.truth.local().keys(topic).forEach((key) -> {
			this.replica.addMember(key).healing = true;
			touched.key(key);
		});
		this.truth.local().statefulConnections(topic).forEach((id) -> {
			this.replica.addState(id).healing = true;
			touched.connection(id);
		});
	}

	void overlay(Mark.Id mark, int difference) {
		if (mark.isHold()) {
			this.replica.addMember(mark.id()).overlays += difference;
		}
		else {
			this.replica.addState(mark.id()).overlays += difference;
		}
	}

	/**
	 * Learns what this instance told Redis of its hold, for the reason of a leave.
	 * @param key the key
	 * @param hold the hold
	 */
	void told(String key, Hold hold) {
		ReplicaMember member = this.replica.member(key);
		if (member != null) {
			boolean departing = hold instanceof Hold.Released released && released.reason() != LeaveReason.UNKNOWN;
			member.departing = departing ? ((Hold.Released) hold).reason() : null;
		}
	}

	/**
	 * Learns that a member came or left with this instance's hold, in case a read tells
	 * it before a message does.
	 * @param key the key
	 * @param came whether it came
	 */
	void caused(String key, boolean came) {
		ReplicaMember member = this.replica.member(key);
		if (came && !contains(key)) {
			this.replica.addMember(key).arriving = true;
		}
		else if (!came && member != null && member.isShown()) {
			member.departed = true;
		}
	}

	/**
	 * Learns that this instance's hold, which Redis lacks, is not to be healed: the
	 * member has left elsewhere.
	 * @param key the key
	 */
	void over(String key) {
		ReplicaMember member = this.replica.member(key);
		if (member != null) {
			member.healing = false;
		}
	}

	/**
	 * Tells whether a hold or a state of this instance is shown as it is in memory.
	 * @param mark what is marked
	 * @return whether it is
	 */
	boolean isFromMemory(Mark.Id mark) {
		if (!this.replica.isLoaded()) {
			return true;
		}
		if (mark.isHold()) {
			ReplicaMember member = this.replica.member(mark.id());
			return member != null && isFromMemory(member, member.ownHold(this.truth));
		}
		ReplicaState state = this.replica.state(mark.id());
		return state != null && (state.overlays > 0 || state.healing);
	}

	/**
	 * Compares what is to be shown with what was shown.
	 * @param touched what to compare, and why members left
	 * @param now the time
	 * @return what changed, {@code null} if nothing did
	 */
	@Nullable RosterChange refresh(Touched touched, long now) {
		List<MemberChange> memberChanges = new ArrayList<>();
		List<StateChange> stateChanges = new ArrayList<>();
		Set<String> connections = new LinkedHashSet<>(touched.connections());
		for (String key : touched.keys()) {
			ReplicaMember member = this.replica.member(key);
			if (member != null) {
				refresh(key, member, touched, now, memberChanges);
				connections.addAll(member.connections);
				this.replica.forgetMember(key);
			}
		}
		for (String id : connections) {
			ReplicaState state = this.replica.state(id);
			if (state != null) {
				refresh(id, state, touched, stateChanges);
				this.replica.forgetState(id);
			}
		}
		if (memberChanges.isEmpty() && stateChanges.isEmpty()) {
			return null;
		}
		return new RosterChange(this.replica.topic(), false, memberChanges, stateChanges);
	}

	private void refresh(String key, ReplicaMember member, Touched touched, long now, List<MemberChange> changes) {
		member.dropCarried(now);
		StoredHold own = member.ownHold(this.truth);
		boolean fromMemory = isFromMemory(member, own);
		if (fromMemory) {
			own = this.truth.held(this.replica.topic(), key);
			member.healing &= own != null;
		}
		else if (own != null) {
			member.healing = false;
		}
		StoredHold newest = own;
		boolean elsewhere = false;
		for (StoredHold hold : member.othersHolds(this.truth)) {
			elsewhere = true;
			newest = hold.isNewerThan(newest) ? hold : newest;
		}
		JsonText before = member.shown;
		if (newest != null) {
			boolean caused = (before != null) ? newest == own : fromMemory ? !elsewhere : member.arriving;
			boolean origin = touched.isMessage() ? touched.isOwn() : caused;
			if (!newest.data().equals(before) || elsewhere != member.shownElsewhere) {
				changes.add(new Present(key, newest.data(), elsewhere, origin));
			}
			member.shown = newest.data();
			member.shownElsewhere = elsewhere;
			if (own != null || member.isHeldElsewhere(this.truth)) {
				member.departing = null;
				member.departed = false;
			}
		}
		else if (before != null) {
			changes.add(gone(key, member, before, touched, fromMemory));
			member.shown = null;
			member.departing = null;
			member.departed = false;
		}
		member.arriving = false;
	}

	private Gone gone(String key, ReplicaMember member, JsonText data, Touched touched, boolean fromMemory) {
		LeaveReason told = touched.reason(key);
		if (told != null) {
			return new Gone(key, data, told, touched.isOwn());
		}
		LeaveReason own = fromMemory ? this.truth.reason(this.replica.topic(), key) : LeaveReason.UNKNOWN;
		if (own == LeaveReason.UNKNOWN && member.departing != null) {
			own = member.departing;
		}
		return new Gone(key, data, own, fromMemory || member.departed);
	}

	private void refresh(String id, ReplicaState state, Touched touched, List<StateChange> changes) {
		MemberState now = look(id, state);
		String key = (now != null) ? now.key() : null;
		if (state.key != null && !state.key.equals(key)) {
			disconnect(state.key, id);
		}
		if (key != null) {
			this.replica.addMember(key).connect(id);
		}
		state.key = key;
		MemberState show = (key != null && contains(key)) ? now : null;
		boolean memberLeft = show == null && state.shown != null && !contains(state.shown.key());
		if (!Objects.equals(show, state.shown) && !memberLeft) {
			changes.add(new StateChange(id, show, touched.isMessage() ? touched.isOwn() : isOwn(state)));
		}
		state.shown = show;
	}

	private @Nullable MemberState look(String id, ReplicaState state) {
		MemberState own = state.own(this.truth);
		boolean fromMemory = !this.replica.isLoaded() || state.overlays > 0 || state.healing
				|| state.stored.keySet().stream().anyMatch(this.truth::isGivenUp);
		if (own != null) {
			state.healing = false;
		}
		if (fromMemory) {
			own = this.truth.state(this.replica.topic(), id);
			state.healing &= own != null;
		}
		MemberState newest = own;
		for (Map.Entry<String, MemberState> entry : state.stored.entrySet()) {
			if (!this.truth.isOwn(entry.getKey()) && (newest == null || entry.getValue().n() > newest.n())) {
				newest = entry.getValue();
			}
		}
		if (state.carried != null) {
			ReplicaMember member = this.replica.member(state.carried.state().key());
			if (member == null || !member.isCarried(state.carried.registration())) {
				state.carried = null;
			}
			else if (newest == null) {
				newest = state.carried.state();
			}
		}
		return newest;
	}

	private boolean isFromMemory(ReplicaMember member, @Nullable StoredHold own) {
		return !this.replica.isLoaded() || member.overlays > 0 || (member.healing && own == null)
				|| member.holds.stream().anyMatch((hold) -> this.truth.isGivenUp(hold.registration()));
	}

	private boolean isOwn(ReplicaState state) {
		return state.overlays > 0 || state.healing || state.stored.keySet().stream().anyMatch(this.truth::isOwn);
	}

	private void disconnect(String key, String id) {
		ReplicaMember member = this.replica.member(key);
		if (member != null) {
			member.disconnect(id);
			this.replica.forgetMember(key);
		}
	}

}
