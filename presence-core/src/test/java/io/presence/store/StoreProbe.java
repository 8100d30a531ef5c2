package io.presence.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.json.JsonText;
import io.presence.store.RosterChange.Gone;
import io.presence.store.RosterChange.MemberChange;
import io.presence.store.RosterChange.Present;
import io.presence.store.RosterChange.StateChange;

/**
 * Stands for an instance in tests of stores: it holds what a test says, and keeps what it
 * hears. It fails when it hears what the store may not tell.
 */
public final class StoreProbe implements LocalHolds, StoreListener {

	private final Map<String, Map<String, Hold.Held>> holds = new ConcurrentHashMap<>();

	private final Map<String, LeaveReason> reasons = new ConcurrentHashMap<>();

	private final Map<String, Map<String, MemberState>> states = new ConcurrentHashMap<>();

	private final Map<String, Map<String, Present>> rosters = new ConcurrentHashMap<>();

	private final Map<String, Map<String, MemberState>> shownStates = new ConcurrentHashMap<>();

	private final List<RosterChange> changes = new CopyOnWriteArrayList<>();

	private final Queue<String> settlements = new ConcurrentLinkedQueue<>();

	private final List<RosterChange> reaped = new CopyOnWriteArrayList<>();

	private final List<PresenceStore.Kick> kicks = new CopyOnWriteArrayList<>();

	private final List<String> failures = new CopyOnWriteArrayList<>();

	private final PresenceStore store;

	/**
	 * Starts a store.
	 * @param store the store
	 */
	public StoreProbe(PresenceStore store) {
		this.store = store;
		store.start(this, this);
	}

	public PresenceStore store() {
		return this.store;
	}

	/**
	 * Holds a key and marks it.
	 * @param topic the topic
	 * @param key the key
	 * @param data the data
	 */
	public void hold(String topic, String key, String data) {
		holdSilently(topic, key, data);
		this.store.mark(topic, List.of(key), List.of());
	}

	/**
	 * Holds a key without marking it.
	 * @param topic the topic
	 * @param key the key
	 * @param data the data
	 */
	public void holdSilently(String topic, String key, String data) {
		this.holds.computeIfAbsent(topic, (absent) -> new ConcurrentHashMap<>())
			.put(key, new Hold.Held(JsonText.ofCanonical(data), this.store.stamp(), false, false));
	}

	/**
	 * Holds on to a key for the grace time only, and marks it.
	 * @param topic the topic
	 * @param key the key
	 */
	public void yield(String topic, String key) {
		this.holds.getOrDefault(topic, Map.of())
			.computeIfPresent(key, (same, held) -> new Hold.Held(held.data(), held.stamp(), true, true));
		this.store.mark(topic, List.of(key), List.of());
	}

	public void release(String topic, String key, LeaveReason reason) {
		this.reasons.put(topic + "/" + key, reason);
		this.holds.getOrDefault(topic, Map.of()).remove(key);
		this.store.mark(topic, List.of(key), List.of());
	}

	/**
	 * Sets or clears the state of a connection and marks it.
	 * @param topic the topic
	 * @param key the key of its member
	 * @param connectionId the connection
	 * @param state the state, {@code null} to clear it
	 */
	public void state(String topic, String key, String connectionId, @Nullable String state) {
		stateSilently(topic, key, connectionId, state);
		this.store.mark(topic, List.of(), List.of(connectionId));
	}

	public void stateSilently(String topic, String key, String connectionId, @Nullable String state) {
		Map<String, MemberState> ofTopic = this.states.computeIfAbsent(topic, (absent) -> new ConcurrentHashMap<>());
		if (state == null) {
			ofTopic.remove(connectionId);
		}
		else {
			ofTopic.put(connectionId, new MemberState(key, JsonText.ofCanonical(state), this.store.stamp()));
		}
	}

	/**
	 * Returns what the listener was told of a watched topic.
	 * @param topic the topic
	 * @return the data of each member, by key
	 */
	public Map<String, String> roster(String topic) {
		checkFailures();
		Map<String, Present> roster = this.rosters.get(topic);
		if (roster == null) {
			return Map.of("not", "watched");
		}
		return roster.entrySet()
			.stream()
			.collect(Collectors.toMap(Map.Entry::getKey, (entry) -> entry.getValue().data().text(), (a, b) -> b,
					TreeMap::new));
	}

	public Map<String, String> shownStates(String topic) {
		return this.shownStates.getOrDefault(topic, Map.of())
			.entrySet()
			.stream()
			.collect(Collectors.toMap(Map.Entry::getKey, (entry) -> entry.getValue().state().text(), (a, b) -> b,
					TreeMap::new));
	}

	public boolean isElsewhere(String topic, String key) {
		Present present = this.rosters.getOrDefault(topic, Map.of()).get(key);
		return present != null && present.elsewhere();
	}

	/**
	 * Returns the changes after the first of each topic, in order.
	 * @return the changes
	 */
	public List<RosterChange> changes() {
		return this.changes;
	}

	/**
	 * Returns who left, in order.
	 * @return for each leave the topic, the key, the reason and whether it was caused
	 * here
	 */
	public List<String> leaves() {
		List<String> leaves = new ArrayList<>();
		this.changes.forEach((change) -> change.members().forEach((member) -> {
			if (member instanceof Gone gone) {
				leaves.add(change.topic() + "/" + gone.key() + " " + gone.reason().code()
						+ (gone.origin() ? " origin" : ""));
			}
		}));
		return leaves;
	}

	public List<String> settlements() {
		return List.copyOf(this.settlements);
	}

	public List<RosterChange> reaped() {
		return this.reaped;
	}

	public List<PresenceStore.Kick> kicks() {
		return this.kicks;
	}

	/**
	 * Fails if the store told what it may not tell.
	 */
	public void checkFailures() {
		if (!this.failures.isEmpty()) {
			throw new AssertionError(this.failures.toString());
		}
	}

	@Override
	public Hold hold(String topic, String key) {
		Hold.Held held = this.holds.getOrDefault(topic, Map.of()).get(key);
		return (held != null) ? held
				: new Hold.Released(this.reasons.getOrDefault(topic + "/" + key, LeaveReason.UNKNOWN));
	}

	@Override
	public @Nullable MemberState state(String topic, String connectionId) {
		return this.states.getOrDefault(topic, Map.of()).get(connectionId);
	}

	@Override
	public Collection<String> topics() {
		return this.holds.entrySet()
			.stream()
			.filter((entry) -> !entry.getValue().isEmpty())
			.map(Map.Entry::getKey)
			.toList();
	}

	@Override
	public Collection<String> keys(String topic) {
		return List.copyOf(this.holds.getOrDefault(topic, Map.of()).keySet());
	}

	@Override
	public Collection<String> statefulConnections(String topic) {
		return List.copyOf(this.states.getOrDefault(topic, Map.of()).keySet());
	}

	@Override
	public void changed(RosterChange change) {
		Map<String, Present> roster = this.rosters.get(change.topic());
		if (change.complete()) {
			roster = new ConcurrentHashMap<>();
		}
		else if (roster == null) {
			this.failures.add("The first change of a topic was not complete: " + change);
			return;
		}
		else {
			this.changes.add(change);
		}
		for (MemberChange member : change.members()) {
			if (member instanceof Present present) {
				Present before = roster.put(present.key(), present);
				if (before != null && before.data().equals(present.data())
						&& before.elsewhere() == present.elsewhere()) {
					this.failures.add("Nothing changed: " + change);
				}
			}
			else if (roster.remove(member.key()) == null) {
				this.failures.add("Who was not there left: " + change);
			}
		}
		Map<String, MemberState> shown = this.shownStates.computeIfAbsent(change.topic(),
				(absent) -> new ConcurrentHashMap<>());
		if (change.complete()) {
			shown.clear();
		}
		for (StateChange state : change.states()) {
			MemberState now = state.state();
			if (now != null) {
				shown.put(state.connectionId(), now);
			}
			else {
				shown.remove(state.connectionId());
			}
		}
		Map<String, Present> there = roster;
		shown.values().removeIf((state) -> !there.containsKey(state.key()));
		this.rosters.put(change.topic(), roster);
	}

	@Override
	public void settled(String topic, String key, Settlement settlement) {
		if (settlement == Settlement.HELD || settlement == Settlement.YIELDED) {
			this.holds.getOrDefault(topic, Map.of())
				.computeIfPresent(key, (same, held) -> new Hold.Held(held.data(), held.stamp(), true, held.yielding()));
		}
		else if (settlement == Settlement.REFUSED || hold(topic, key) instanceof Hold.Held held && held.yielding()) {
			this.holds.getOrDefault(topic, Map.of()).remove(key);
		}
		this.settlements.add(topic + "/" + key + " " + settlement);
	}

	@Override
	public void reaped(RosterChange change) {
		this.reaped.add(change);
	}

	@Override
	public CompletionStage<Integer> kicked(PresenceStore.Kick kick) {
		this.kicks.add(kick);
		return CompletableFuture.completedFuture(1);
	}

}
