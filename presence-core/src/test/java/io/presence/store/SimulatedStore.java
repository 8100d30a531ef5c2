package io.presence.store;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.concurrent.VirtualScheduler;
import io.presence.json.JsonText;
import io.presence.store.RosterChange.Gone;
import io.presence.store.RosterChange.MemberChange;
import io.presence.store.RosterChange.Present;
import io.presence.store.RosterChange.StateChange;

/**
 * A store on virtual time that several instances share, of which all but one exist only
 * in the test. It does what a store may do by its contract: it answers late and out of
 * order between topics, carries a batch out and loses the answer, loses the batch, loses
 * what it had to tell and then tells the whole roster, and tries again until it succeeds.
 */
public final class SimulatedStore implements PresenceStore {

	private static final String SELF = "";

	private final VirtualScheduler time;

	private final Random random;

	private final Faults faults;

	private final int maxMembersPerTopic;

	private final Map<String, Room> rooms = new LinkedHashMap<>();

	private Consumer<String> whenWatched = (topic) -> {
	};

	private long clock;

	private @Nullable LocalHolds local;

	private @Nullable StoreListener listener;

	/**
	 * Creates a store.
	 * @param time the time
	 * @param random what decides on delays and faults
	 * @param faults what goes wrong
	 * @param maxMembersPerTopic how many members a topic may have, zero for any number
	 */
	public SimulatedStore(VirtualScheduler time, Random random, Faults faults, int maxMembersPerTopic) {
		this.time = time;
		this.random = random;
		this.faults = faults;
		this.maxMembersPerTopic = maxMembersPerTopic;
	}

	@Override
	public void start(LocalHolds local, StoreListener listener) {
		this.local = local;
		this.listener = listener;
	}

	@Override
	public long stamp() {
		return ++this.clock;
	}

	@Override
	public void mark(String topic, Collection<String> keys, Collection<String> connectionIds) {
		Room room = room(topic);
		room.marks.addLast(new Mark(List.copyOf(keys), List.copyOf(connectionIds)));
		room.pump();
	}

	@Override
	public void watch(String topic) {
		this.whenWatched.accept(topic);
		room(topic).watch();
	}

	@Override
	public void unwatch(String topic) {
		this.whenWatched.accept(topic);
		room(topic).unwatch();
	}

	@Override
	public boolean isStale(String topic) {
		return false;
	}

	@Override
	public CompletionStage<StoredRoster> read(String topic) {
		return CompletableFuture.completedFuture(room(topic).roster());
	}

	@Override
	public CompletionStage<Integer> count(String topic) {
		return CompletableFuture.completedFuture(room(topic).holds.size());
	}

	@Override
	public CompletionStage<Set<String>> topics() {
		Set<String> names = new LinkedHashSet<>();
		this.rooms.forEach((name, room) -> {
			if (!room.holds.isEmpty()) {
				names.add(name);
			}
		});
		return CompletableFuture.completedFuture(names);
	}

	@Override
	public CompletionStage<Integer> kick(Kick kick) {
		int removed = 0;
		Collection<String> topics = kick.topics().isEmpty() ? List.copyOf(this.rooms.keySet()) : kick.topics();
		for (String topic : topics) {
			for (String instance : List.copyOf(room(topic).holds.getOrDefault(kick.key(), Map.of()).keySet())) {
				if (!instance.equals(SELF)) {
					remoteRelease(instance, topic, kick.key(), LeaveReason.KICKED);
					removed++;
				}
			}
		}
		return CompletableFuture.completedFuture(removed);
	}

	@Override
	public CompletionStage<Void> end(Duration timeout) {
		for (Room room : this.rooms.values()) {
			room.change(List.copyOf(room.holds.keySet()), List.copyOf(room.states.keySet()), true, LeaveReason.SHUTDOWN,
					() -> {
						room.holds.values().forEach((holders) -> holders.remove(SELF));
						room.states.values().removeIf((owned) -> owned.instance.equals(SELF));
					});
		}
		return CompletableFuture.completedFuture(null);
	}

	@Override
	public StoreHealth health() {
		return new StoreHealth(true, Duration.ZERO, Map.of());
	}

	@Override
	public void close() {
	}

	/**
	 * Sets what hears that the instance begins to watch a topic, or ends it.
	 * @param whenWatched hears the name of the topic
	 */
	public void whenWatched(Consumer<String> whenWatched) {
		this.whenWatched = whenWatched;
	}

	/**
	 * Lets another instance hold a key, or hold it with other data.
	 * @param instance the instance
	 * @param topic the topic
	 * @param key the key
	 * @param data the data of the newest of its connections
	 * @param stamp when that came
	 */
	public void remoteHold(String instance, String topic, String key, JsonText data, long stamp) {
		Room room = room(topic);
		room.change(List.of(key), List.of(), false, LeaveReason.UNKNOWN,
				() -> room.holders(key).put(instance, new Entry(data, stamp, false)));
		Entry own = room.holders(key).get(SELF);
		if (own != null && own.yielding) {
			room.change(List.of(key), List.of(), true, LeaveReason.UNKNOWN, () -> room.holders(key).remove(SELF));
			room.answer(Map.of(key, Settlement.RELEASED));
		}
	}

	/**
	 * Lets another instance release a key.
	 * @param instance the instance
	 * @param topic the topic
	 * @param key the key
	 * @param reason why
	 */
	public void remoteRelease(String instance, String topic, String key, LeaveReason reason) {
		Room room = room(topic);
		room.change(List.of(key), List.copyOf(room.states.keySet()), false, reason, () -> {
			room.holders(key).remove(instance);
			room.states.values().removeIf((owned) -> owned.instance.equals(instance) && owned.state.key().equals(key));
		});
	}

	/**
	 * Lets a connection of another instance publish or clear a state.
	 * @param instance the instance
	 * @param topic the topic
	 * @param connectionId the connection
	 * @param state the state, {@code null} to clear it
	 */
	public void remoteState(String instance, String topic, String connectionId, @Nullable MemberState state) {
		Room room = room(topic);
		room.change(List.of(), List.of(connectionId), false, LeaveReason.UNKNOWN, () -> {
			if (state != null) {
				room.states.put(connectionId, new Owned(instance, state));
			}
			else {
				room.states.remove(connectionId);
			}
		});
	}

	/**
	 * Tells whether nothing is on its way.
	 * @return whether everything was carried out, told and answered
	 */
	public boolean isQuiet() {
		return this.rooms.values().stream().allMatch(Room::isQuiet);
	}

	/**
	 * Tells whether a topic was told wholly because a change was lost, since last asked.
	 * @param topic the topic
	 * @return whether it was
	 */
	public boolean hasLost(String topic) {
		Room room = room(topic);
		boolean lost = room.lost;
		room.lost = false;
		return lost;
	}

	private Room room(String topic) {
		return this.rooms.computeIfAbsent(topic, Room::new);
	}

	private boolean happens(double chance) {
		return chance > 0 && this.random.nextDouble() < chance;
	}

	private void later(Runnable action) {
		int millis = (this.faults.maxDelayMillis > 0) ? this.random.nextInt(this.faults.maxDelayMillis) : 0;
		if (millis == 0) {
			action.run();
		}
		else {
			this.time.schedule(action, Duration.ofMillis(millis));
		}
	}

	/**
	 * What goes wrong.
	 *
	 * @param maxDelayMillis how long each step takes at the most, zero for at once
	 * @param lostBatch the chance that a batch is lost
	 * @param lostAnswer the chance that a batch is carried out and its answer lost
	 * @param lostChange the chance that a change is not told
	 */
	public record Faults(int maxDelayMillis, double lostBatch, double lostAnswer, double lostChange) {

		/** Everything succeeds at once. */
		public static final Faults NONE = new Faults(0, 0, 0, 0);

	}

	private record Mark(List<String> keys, List<String> connectionIds) {

	}

	private record Entry(JsonText data, long stamp, boolean yielding) {

	}

	private record Owned(String instance, MemberState state) {

	}

	private record Shown(JsonText data, boolean elsewhere) {

	}

	private final class Room {

		private final String name;

		private final Map<String, Map<String, Entry>> holds = new LinkedHashMap<>();

		private final Map<String, Owned> states = new LinkedHashMap<>();

		private final Deque<Mark> marks = new ArrayDeque<>();

		private final Deque<Runnable> feed = new ArrayDeque<>();

		private final List<Runnable> answersToCome = new ArrayList<>();

		private boolean committing;

		private boolean telling;

		private boolean watched;

		private boolean reading;

		private boolean told;

		private boolean lost;

		private int watches;

		private long version;

		Room(String name) {
			this.name = name;
		}

		boolean isQuiet() {
			return this.marks.isEmpty() && this.feed.isEmpty() && !this.committing && !this.telling && !this.reading;
		}

		Map<String, Entry> holders(String key) {
			return this.holds.computeIfAbsent(key, (absent) -> new LinkedHashMap<>());
		}

		// What stands in the store

		void change(Collection<String> keys, Collection<String> connectionIds, boolean origin, LeaveReason reason,
				Runnable action) {
			change(keys, connectionIds, origin, (key) -> reason, action);
		}

		void change(Collection<String> keys, Collection<String> connectionIds, boolean origin,
				Function<String, LeaveReason> reason, Runnable action) {
			Map<String, @Nullable Shown> before = new LinkedHashMap<>();
			keys.forEach((key) -> before.put(key, shown(key)));
			Map<String, @Nullable Owned> statesBefore = new LinkedHashMap<>();
			connectionIds.forEach((id) -> statesBefore.put(id, this.states.get(id)));
			action.run();
			List<MemberChange> members = new ArrayList<>();
			before.forEach((key, was) -> {
				if (this.holds.containsKey(key) && holders(key).isEmpty()) {
					this.holds.remove(key);
					this.states.values().removeIf((owned) -> owned.state.key().equals(key));
				}
				Shown is = shown(key);
				if (is == null && was != null) {
					members.add(new Gone(key, SimulatedStore.this.random.nextBoolean() ? was.data : null,
							reason.apply(key), origin));
				}
				else if (is != null && !is.equals(was)) {
					members.add(new Present(key, is.data, is.elsewhere, origin));
				}
			});
			List<StateChange> states = new ArrayList<>();
			statesBefore.forEach((id, was) -> {
				Owned is = this.states.get(id);
				if (!Objects.equals(is, was)) {
					states.add(new StateChange(id, (is != null) ? is.state : null, origin));
				}
			});
			if (!members.isEmpty() || !states.isEmpty()) {
				this.version++;
				tellChange(new RosterChange(this.name, false, members, states));
			}
		}

		private @Nullable Shown shown(String key) {
			Map<String, Entry> holders = this.holds.getOrDefault(key, Map.of());
			Entry newest = null;
			for (Entry entry : holders.values()) {
				if (newest == null || entry.stamp > newest.stamp) {
					newest = entry;
				}
			}
			return (newest != null)
					? new Shown(newest.data, holders.keySet().stream().anyMatch((instance) -> !instance.equals(SELF)))
					: null;
		}

		StoredRoster roster() {
			Map<String, JsonText> members = new HashMap<>();
			this.holds.keySet().forEach((key) -> members.put(key, Objects.requireNonNull(shown(key)).data));
			Map<String, MemberState> states = new HashMap<>();
			this.states.forEach((id, owned) -> states.put(id, owned.state));
			return new StoredRoster(members, states, this.version, false);
		}

		// What the instance marks

		void pump() {
			if (!this.committing && !this.marks.isEmpty()) {
				this.committing = true;
				later(this::send);
			}
		}

		private void send() {
			List<Mark> batch = new ArrayList<>();
			int size = 1 + SimulatedStore.this.random.nextInt(this.marks.size());
			for (int i = 0; i < size; i++) {
				batch.add(this.marks.removeFirst());
			}
			LocalHolds local = Objects.requireNonNull(SimulatedStore.this.local);
			Map<String, Hold> holds = new LinkedHashMap<>();
			Map<String, @Nullable MemberState> states = new LinkedHashMap<>();
			for (Mark mark : batch) {
				mark.keys.forEach((key) -> holds.put(key, local.hold(this.name, key)));
				mark.connectionIds.forEach((id) -> states.put(id, local.state(this.name, id)));
			}
			later(() -> arrive(batch, holds, states));
		}

		private void arrive(List<Mark> batch, Map<String, Hold> holds, Map<String, @Nullable MemberState> states) {
			if (happens(SimulatedStore.this.faults.lostBatch)) {
				tryAgain(batch);
				return;
			}
			Map<String, Settlement> settlements = commit(holds, states);
			if (happens(SimulatedStore.this.faults.lostAnswer)) {
				tryAgain(batch);
				return;
			}
			later(() -> {
				answer(settlements);
				this.committing = false;
				pump();
			});
		}

		private void tryAgain(List<Mark> batch) {
			SimulatedStore.this.time.schedule(() -> {
				for (int i = batch.size() - 1; i >= 0; i--) {
					this.marks.addFirst(batch.get(i));
				}
				this.committing = false;
				pump();
			}, Duration.ofMillis(20));
		}

		private Map<String, Settlement> commit(Map<String, Hold> holds, Map<String, @Nullable MemberState> states) {
			Map<String, Settlement> settlements = new LinkedHashMap<>();
			Map<String, LeaveReason> reasons = new HashMap<>();
			change(holds.keySet(), allStates(states.keySet()), true,
					(key) -> reasons.getOrDefault(key, LeaveReason.UNKNOWN), () -> {
						holds.forEach((key, hold) -> settlements.put(key, commit(key, hold, reasons)));
						states.forEach(this::commit);
					});
			return settlements;
		}

		private Set<String> allStates(Set<String> ids) {
			Set<String> all = new LinkedHashSet<>(this.states.keySet());
			all.addAll(ids);
			return all;
		}

		private Settlement commit(String key, Hold hold, Map<String, LeaveReason> reasons) {
			Map<String, Entry> holders = holders(key);
			if (hold instanceof Hold.Held held) {
				int max = SimulatedStore.this.maxMembersPerTopic;
				boolean elsewhere = holders.keySet().stream().anyMatch((instance) -> !instance.equals(SELF));
				if (holders.isEmpty() && max > 0 && !held.repeated() && size() >= max) {
					return Settlement.REFUSED;
				}
				if (held.yielding() && elsewhere) {
					holders.remove(SELF);
					return Settlement.RELEASED;
				}
				holders.put(SELF, new Entry(held.data(), held.stamp(), held.yielding()));
				return Settlement.HELD;
			}
			reasons.put(key, ((Hold.Released) hold).reason());
			holders.remove(SELF);
			return Settlement.RELEASED;
		}

		private int size() {
			return (int) this.holds.values().stream().filter((holders) -> !holders.isEmpty()).count();
		}

		private void commit(String connectionId, @Nullable MemberState state) {
			if (state != null && !this.holds.getOrDefault(state.key(), Map.of()).isEmpty()) {
				this.states.put(connectionId, new Owned(SELF, state));
			}
			else {
				this.states.remove(connectionId);
			}
		}

		// What the instance hears

		void watch() {
			this.watched = true;
			this.watches++;
			read();
		}

		void unwatch() {
			this.watched = false;
			this.told = false;
			this.watches++;
			this.reading = false;
			this.feed.addAll(this.answersToCome);
			this.answersToCome.clear();
			tellNext();
		}

		private void read() {
			this.reading = true;
			int watch = this.watches;
			later(() -> {
				if (watch != this.watches || !this.reading) {
					return;
				}
				this.reading = false;
				this.told = true;
				List<MemberChange> members = new ArrayList<>();
				this.holds.keySet().forEach((key) -> {
					Shown shown = Objects.requireNonNull(shown(key));
					members.add(new Present(key, shown.data, shown.elsewhere, false));
				});
				List<StateChange> states = new ArrayList<>();
				this.states.forEach((id, owned) -> states.add(new StateChange(id, owned.state, false)));
				enqueue(new RosterChange(this.name, true, members, states));
				this.feed.addAll(this.answersToCome);
				this.answersToCome.clear();
				tellNext();
			});
		}

		private void tellChange(RosterChange change) {
			if (!this.told) {
				return;
			}
			if (happens(SimulatedStore.this.faults.lostChange)) {
				this.told = false;
				this.lost = true;
				read();
				return;
			}
			enqueue(change);
			tellNext();
		}

		private void enqueue(RosterChange change) {
			int watch = this.watches;
			this.feed.addLast(() -> {
				if (watch == this.watches) {
					Objects.requireNonNull(SimulatedStore.this.listener).changed(change);
				}
			});
		}

		void answer(Map<String, Settlement> settlements) {
			Runnable answer = () -> settlements
				.forEach((key, settlement) -> Objects.requireNonNull(SimulatedStore.this.listener)
					.settled(this.name, key, settlement));
			if (this.watched && !this.told) {
				this.answersToCome.add(answer);
			}
			else {
				this.feed.addLast(answer);
				tellNext();
			}
		}

		private void tellNext() {
			if (this.telling || this.feed.isEmpty()) {
				return;
			}
			this.telling = true;
			later(() -> {
				this.feed.removeFirst().run();
				this.telling = false;
				tellNext();
			});
		}

	}

}
