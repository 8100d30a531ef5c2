package io.presence.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.concurrent.Mailbox;
import io.presence.concurrent.Stages;
import io.presence.json.JsonText;
import io.presence.store.RosterChange.Gone;
import io.presence.store.RosterChange.MemberChange;
import io.presence.store.RosterChange.Present;
import io.presence.store.RosterChange.StateChange;

/**
 * The store of an instance that is alone: what it holds is all there is. A topic takes no
 * memory once nothing of it is held or watched.
 */
public final class InMemoryPresenceStore implements PresenceStore {

	private final Map<String, StoredTopic> topics = new ConcurrentHashMap<>();

	private final AtomicLong lastStamp = new AtomicLong();

	private final Executor executor;

	private final int maxMembersPerTopic;

	private volatile boolean ended;

	private @Nullable LocalHolds local;

	private @Nullable StoreListener listener;

	/**
	 * Creates a store.
	 * @param executor what runs work that no caller runs
	 * @param maxMembersPerTopic how many members a topic may have, zero for any number
	 */
	public InMemoryPresenceStore(Executor executor, int maxMembersPerTopic) {
		this.executor = executor;
		this.maxMembersPerTopic = maxMembersPerTopic;
	}

	@Override
	public void start(LocalHolds local, StoreListener listener) {
		this.local = local;
		this.listener = listener;
	}

	@Override
	public long stamp() {
		return this.lastStamp.incrementAndGet();
	}

	@Override
	public void mark(String topic, Collection<String> keys, Collection<String> connectionIds) {
		with(topic, (stored) -> stored.commit(keys, connectionIds));
	}

	@Override
	public void watch(String topic) {
		with(topic, StoredTopic::watch);
	}

	@Override
	public void unwatch(String topic) {
		with(topic, (stored) -> stored.watched = false);
	}

	@Override
	public boolean isStale(String topic) {
		return false;
	}

	@Override
	public CompletionStage<StoredRoster> read(String topic) {
		CompletableFuture<StoredRoster> answer = new CompletableFuture<>();
		with(topic, (stored) -> answer.complete(stored.roster()));
		return answer;
	}

	@Override
	public CompletionStage<Integer> count(String topic) {
		StoredTopic stored = this.topics.get(topic);
		return CompletableFuture.completedFuture((stored != null) ? stored.count : 0);
	}

	@Override
	public CompletionStage<Set<String>> topics() {
		Set<String> names = ConcurrentHashMap.newKeySet();
		this.topics.forEach((name, stored) -> {
			if (stored.count > 0) {
				names.add(name);
			}
		});
		return CompletableFuture.completedFuture(names);
	}

	@Override
	public CompletionStage<Integer> kick(Kick kick) {
		return CompletableFuture.completedFuture(0);
	}

	@Override
	public CompletionStage<Void> end(Duration timeout) {
		this.ended = true;
		Set<String> names = Set.copyOf(this.topics.keySet());
		return Stages.all(names.stream().map((name) -> {
			CompletableFuture<Void> done = new CompletableFuture<>();
			with(name, (stored) -> {
				stored.end();
				done.complete(null);
			});
			return done;
		}).toList());
	}

	@Override
	public StoreHealth health() {
		return new StoreHealth(true, Duration.ZERO, Map.of("store", "memory"));
	}

	@Override
	public void close() {
		this.topics.clear();
	}

	private void with(String name, Consumer<StoredTopic> action) {
		StoredTopic stored;
		do {
			stored = this.topics.computeIfAbsent(name, StoredTopic::new);
		}
		while (!stored.enter());
		StoredTopic entered = stored;
		entered.tell(() -> {
			try {
				action.accept(entered);
			}
			finally {
				entered.exit();
			}
		});
	}

	private StoreListener listener() {
		StoreListener listener = this.listener;
		if (listener == null) {
			throw new IllegalStateException("The store was used before start()");
		}
		return listener;
	}

	private LocalHolds local() {
		LocalHolds local = this.local;
		if (local == null) {
			throw new IllegalStateException("The store was used before start()");
		}
		return local;
	}

	/**
	 * What is held in one topic. It counts who is about to use it, so that it can be
	 * forgotten when it is empty without anybody writing to a forgotten one.
	 */
	private final class StoredTopic extends Mailbox {

		private static final int FORGOTTEN = -1;

		private final AtomicInteger users = new AtomicInteger();

		private final String name;

		private final Map<String, JsonText> members = new HashMap<>();

		private final Map<String, MemberState> states = new HashMap<>();

		private boolean watched;

		private long version;

		private volatile int count;

		StoredTopic(String name) {
			super(InMemoryPresenceStore.this.executor);
			this.name = name;
		}

		boolean enter() {
			return this.users.updateAndGet((users) -> (users == FORGOTTEN) ? FORGOTTEN : users + 1) != FORGOTTEN;
		}

		void exit() {
			boolean empty = !this.watched && this.members.isEmpty() && this.states.isEmpty();
			if (this.users.updateAndGet((users) -> (users == 1 && empty) ? FORGOTTEN : users - 1) == FORGOTTEN) {
				InMemoryPresenceStore.this.topics.remove(this.name, this);
			}
		}

		void watch() {
			this.watched = true;
			List<MemberChange> members = new ArrayList<>();
			this.members.forEach((key, data) -> members.add(new Present(key, data, false, false)));
			List<StateChange> states = new ArrayList<>();
			this.states.forEach((id, state) -> states.add(new StateChange(id, state, false)));
			listener().changed(new RosterChange(this.name, true, members, states));
		}

		void commit(Collection<String> keys, Collection<String> connectionIds) {
			if (InMemoryPresenceStore.this.ended) {
				return;
			}
			List<MemberChange> members = new ArrayList<>(keys.size());
			List<Settlement> settlements = new ArrayList<>(keys.size());
			keys.forEach((key) -> settlements.add(commitHold(key, members)));
			List<StateChange> states = new ArrayList<>(connectionIds.size());
			connectionIds.forEach((connectionId) -> commitState(connectionId, states));
			tellChange(members, states);
			Iterator<String> settled = keys.iterator();
			settlements.forEach((settlement) -> listener().settled(this.name, settled.next(), settlement));
		}

		private Settlement commitHold(String key, List<MemberChange> changes) {
			Hold hold = local().hold(this.name, key);
			if (hold instanceof Hold.Held held) {
				if (isFull() && !held.repeated() && !this.members.containsKey(key)) {
					return Settlement.REFUSED;
				}
				if (!held.data().equals(this.members.put(key, held.data()))) {
					changes.add(new Present(key, held.data(), false, true));
				}
				return Settlement.HELD;
			}
			JsonText data = this.members.remove(key);
			if (data != null) {
				changes.add(new Gone(key, data, ((Hold.Released) hold).reason(), true));
			}
			return Settlement.RELEASED;
		}

		private void commitState(String connectionId, List<StateChange> changes) {
			MemberState known = local().state(this.name, connectionId);
			MemberState state = (known != null && this.members.containsKey(known.key())) ? known : null;
			MemberState before = (state != null) ? this.states.put(connectionId, state)
					: this.states.remove(connectionId);
			if (!Objects.equals(state, before)) {
				changes.add(new StateChange(connectionId, state, true));
			}
		}

		void end() {
			List<MemberChange> members = new ArrayList<>();
			this.members.forEach((key, data) -> members.add(new Gone(key, data, LeaveReason.SHUTDOWN, true)));
			this.members.clear();
			this.states.clear();
			tellChange(members, List.of());
		}

		StoredRoster roster() {
			return new StoredRoster(Map.copyOf(this.members), Map.copyOf(this.states), this.version, false);
		}

		private boolean isFull() {
			int max = InMemoryPresenceStore.this.maxMembersPerTopic;
			return max > 0 && this.members.size() >= max;
		}

		private void tellChange(List<MemberChange> members, List<StateChange> states) {
			if (members.isEmpty() && states.isEmpty()) {
				return;
			}
			this.version++;
			this.count = this.members.size();
			if (this.watched) {
				listener().changed(new RosterChange(this.name, false, members, states));
			}
		}

	}

}
