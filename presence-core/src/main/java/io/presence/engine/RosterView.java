package io.presence.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.PresenceMember;
import io.presence.engine.Diff.Departure;
import io.presence.json.JsonText;
import io.presence.protocol.StateUpdate;
import io.presence.store.MemberState;

/**
 * The roster of a topic as this instance shows it, and what of it observers have not been
 * told yet. For each key and state that was touched it remembers how it stood when
 * observers were told last, so that only the net effect is told.
 */
final class RosterView {

	private final Map<String, JsonText> members = new HashMap<>();

	private final Map<String, MemberState> states = new HashMap<>();

	private final Map<String, List<String>> stateful = new HashMap<>();

	private final Set<String> elsewhere = new HashSet<>();

	private Map<String, Before> touched = new LinkedHashMap<>();

	private Map<String, StateBefore> touchedStates = new LinkedHashMap<>();

	private long revision;

	Map<String, JsonText> members() {
		return this.members;
	}

	@Nullable JsonText data(String key) {
		return this.members.get(key);
	}

	boolean isElsewhere(String key) {
		return this.elsewhere.contains(key);
	}

	int count() {
		return this.members.size();
	}

	long revision() {
		return this.revision;
	}

	boolean hasPendingMembers() {
		return !this.touched.isEmpty();
	}

	boolean hasPendingStates() {
		return !this.touchedStates.isEmpty();
	}

	/**
	 * Returns the states of those who are there: a state may be known before its member.
	 */
	Map<String, MemberState> shownStates() {
		Map<String, MemberState> shown = new HashMap<>();
		this.states.forEach((id, state) -> {
			if (this.members.containsKey(state.key())) {
				shown.put(id, state);
			}
		});
		return shown;
	}

	PresenceMember member(String key, JsonText data) {
		MemberState state = newestState(key);
		return new PresenceMember(key, data.toMap(), (state != null) ? state.state().toValue() : null);
	}

	@Nullable JsonText put(String key, JsonText data, boolean elsewhere) {
		if (elsewhere) {
			this.elsewhere.add(key);
		}
		else {
			this.elsewhere.remove(key);
		}
		JsonText before = this.members.put(key, data);
		if (!data.equals(before)) {
			touch(key, before);
		}
		return before;
	}

	@Nullable JsonText remove(String key, LeaveReason reason) {
		JsonText before = this.members.remove(key);
		this.elsewhere.remove(key);
		if (before != null) {
			Before touched = touch(key, before);
			touched.departure = new Departure(before, reason);
			for (String connectionId : List.copyOf(this.stateful.getOrDefault(key, List.of()))) {
				putState(connectionId, null);
			}
		}
		return before;
	}

	/**
	 * Sets or clears the state of a connection.
	 * @return whether that is a change
	 */
	boolean putState(String connectionId, @Nullable MemberState state) {
		MemberState before = (state != null) ? this.states.put(connectionId, state) : this.states.remove(connectionId);
		if (Objects.equals(before, state)) {
			return false;
		}
		this.touchedStates.putIfAbsent(connectionId, new StateBefore(wasShown(before) ? before : null));
		this.revision++;
		if (before != null && (state == null || !state.key().equals(before.key()))) {
			unlink(before.key(), connectionId);
		}
		if (state != null && (before == null || !state.key().equals(before.key()))) {
			this.stateful.computeIfAbsent(state.key(), (key) -> new ArrayList<>(1)).add(connectionId);
		}
		return true;
	}

	@Nullable MemberState state(String connectionId) {
		return this.states.get(connectionId);
	}

	/**
	 * Forgets everything, also what observers have not been told.
	 */
	void clear() {
		this.members.clear();
		this.states.clear();
		this.stateful.clear();
		this.elsewhere.clear();
		this.touched = new LinkedHashMap<>();
		this.touchedStates = new LinkedHashMap<>();
		this.revision++;
	}

	/**
	 * Takes what observers have not been told.
	 * @param withStates whether changes of states are taken that belong to no member who
	 * comes or goes
	 * @return the net effect
	 */
	Diff takeDiff(boolean withStates) {
		Diff diff = new Diff();
		this.touched.forEach((key, before) -> before.addTo(diff, key, this.members.get(key)));
		Map<String, StateBefore> kept = new LinkedHashMap<>();
		this.touchedStates.forEach((id, before) -> {
			if (withStates || isOfOneWhoComesOrGoes(id, before)) {
				addState(diff, id, before);
			}
			else {
				kept.put(id, before);
			}
		});
		this.touched = new LinkedHashMap<>();
		this.touchedStates = kept;
		return diff;
	}

	/**
	 * Returns the connections whose states are known, also those of members who are not.
	 */
	Collection<String> statefulConnections() {
		return List.copyOf(this.states.keySet());
	}

	private boolean isOfOneWhoComesOrGoes(String connectionId, StateBefore before) {
		MemberState now = this.states.get(connectionId);
		return (now != null && this.touched.containsKey(now.key()))
				|| (before.state != null && this.touched.containsKey(before.state.key()));
	}

	private void addState(Diff diff, String connectionId, StateBefore before) {
		MemberState now = shown(this.states.get(connectionId));
		if (now != null && !now.equals(before.state)) {
			diff.states().put(connectionId, new StateUpdate(now.key(), now.state(), now.n()));
		}
		else if (now == null && before.state != null) {
			diff.states().put(connectionId, new StateUpdate(before.state.key(), null, before.state.n()));
		}
	}

	private @Nullable MemberState shown(@Nullable MemberState state) {
		return (state != null && this.members.containsKey(state.key())) ? state : null;
	}

	/**
	 * Tells whether observers know the member whose state it is.
	 */
	private boolean wasShown(@Nullable MemberState state) {
		if (state == null) {
			return false;
		}
		Before member = this.touched.get(state.key());
		return (member != null) ? member.data != null : this.members.containsKey(state.key());
	}

	private Before touch(String key, @Nullable JsonText before) {
		this.revision++;
		if (before == null) {
			for (String connectionId : this.stateful.getOrDefault(key, List.of())) {
				this.touchedStates.putIfAbsent(connectionId, new StateBefore(null));
			}
		}
		return this.touched.computeIfAbsent(key, (absent) -> new Before(before));
	}

	private void unlink(String key, String connectionId) {
		List<String> connections = this.stateful.get(key);
		if (connections != null && connections.remove(connectionId) && connections.isEmpty()) {
			this.stateful.remove(key);
		}
	}

	private @Nullable MemberState newestState(String key) {
		MemberState newest = null;
		String newestId = "";
		for (String connectionId : this.stateful.getOrDefault(key, List.of())) {
			MemberState state = Objects.requireNonNull(this.states.get(connectionId));
			if (newest == null || state.n() > newest.n()
					|| (state.n() == newest.n() && connectionId.compareTo(newestId) > 0)) {
				newest = state;
				newestId = connectionId;
			}
		}
		return newest;
	}

	/**
	 * How a member stood when observers were told last.
	 */
	private static final class Before {

		private final @Nullable JsonText data;

		private @Nullable Departure departure;

		Before(@Nullable JsonText data) {
			this.data = data;
		}

		void addTo(Diff diff, String key, @Nullable JsonText now) {
			if (now == null) {
				if (this.data != null && this.departure != null) {
					diff.leaves().put(key, this.departure);
				}
			}
			else if (!now.equals(this.data)) {
				diff.joins().put(key, now);
				if (this.data != null) {
					diff.updated().add(key);
				}
			}
		}

	}

	private record StateBefore(@Nullable MemberState state) {

	}

}
