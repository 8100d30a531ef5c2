package io.presence.redis;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.store.MemberState;

/**
 * What this instance knows of a topic: the topic's hash in Redis as messages and reads
 * tell it, holds included.
 * <ul>
 * <li>What a message takes away is gone at once.
 * <li>A hold of another instance that only a read misses is <em>carried</em> for a while:
 * its instance may not have healed it yet.
 * <li>A hold or a state of this instance that a read misses is <em>healing</em>: this
 * instance puts it there again.
 * </ul>
 */
final class Replica {

	private final String topic;

	private final Truth truth;

	private final Map<String, ReplicaMember> members = new HashMap<>();

	private final Map<String, ReplicaState> states = new HashMap<>();

	private long version;

	private boolean loaded;

	private int stored;

	private int storedStates;

	Replica(String topic, Truth truth) {
		this.topic = topic;
		this.truth = truth;
	}

	String topic() {
		return this.topic;
	}

	long version() {
		return this.version;
	}

	boolean isLoaded() {
		return this.loaded;
	}

	/**
	 * Tells whether the topic, as far as is known, is not there in Redis.
	 * @return whether it is not
	 */
	boolean isAbsent() {
		return this.stored == 0 && this.storedStates == 0;
	}

	int storedMembers() {
		return this.stored;
	}

	boolean isOld(TopicMessage message) {
		return message.version() <= this.version;
	}

	/**
	 * Tells whether a message follows what is known.
	 * @param message the message
	 * @return whether it does; otherwise the topic must be read
	 */
	boolean fits(TopicMessage message) {
		return message.from() == this.version || (message.from() == 0 && isAbsent());
	}

	/**
	 * Makes the change that a message tells.
	 * @param message the message, which fits
	 * @param touched what is to be looked at again
	 * @return whether every value could be read
	 */
	boolean apply(TopicMessage message, Touched touched) {
		boolean readable = true;
		List<String> changes = message.changes();
		for (int i = 0; i < changes.size(); i += 2) {
			String field = changes.get(i);
			String value = changes.get(i + 1);
			boolean gone = value.startsWith("-");
			if (field.startsWith("m")) {
				String key = Octets.text(field.substring(1));
				List<StoredHold> holds = gone ? null : StoredHold.parse(value);
				readable &= gone || holds != null;
				if (gone) {
					touched.left(key, LeaveReason.ofCode(value.substring(1)));
				}
				else {
					touched.key(key);
				}
				put(key, holds, !gone);
			}
			else if (field.startsWith("s")) {
				MemberState state = gone ? null : StoredState.parse(value);
				readable &= gone || state != null;
				putState(field, state, touched);
			}
		}
		this.version = message.version();
		return readable;
	}

	/**
	 * Replaces everything by what was read.
	 * @param read the fields and their values
	 * @param readVersion the version of the first piece
	 * @param carryUntil how long a hold of another instance that is missing still counts
	 * @param touched what is to be looked at again
	 * @return whether every value could be read
	 */
	boolean replace(Map<String, String> read, long readVersion, long carryUntil, Touched touched) {
		boolean readable = true;
		Set<String> missing = new HashSet<>(this.members.keySet());
		Set<String> missingStates = new HashSet<>();
		this.states.forEach((id, state) -> state.stored.keySet()
			.forEach((registration) -> missingStates.add("s" + registration + ":" + Octets.of(id))));
		for (Map.Entry<String, String> entry : read.entrySet()) {
			String field = entry.getKey();
			if (field.startsWith("m")) {
				String key = Octets.text(field.substring(1));
				List<StoredHold> holds = StoredHold.parse(entry.getValue());
				readable &= holds != null;
				missing.remove(key);
				addMember(key).keep((holds != null) ? holds : List.of(), carryUntil, this.truth);
				put(key, holds, true);
				touched.key(key);
			}
		}
		for (String key : missing) {
			addMember(key).keep(List.of(), carryUntil, this.truth);
			put(key, null, false);
			touched.key(key);
		}
		for (Map.Entry<String, String> entry : read.entrySet()) {
			if (entry.getKey().startsWith("s")) {
				MemberState state = StoredState.parse(entry.getValue());
				readable &= state != null;
				missingStates.remove(entry.getKey());
				putState(entry.getKey(), state, touched);
			}
		}
		missingStates.forEach((field) -> missState(field, touched));
		this.version = readVersion;
		this.loaded = true;
		return readable;
	}

	/**
	 * Takes away what this instance removed for one that had died, before the message
	 * that tells it.
	 * @param registration the registration that had died
	 * @param key the key of the member
	 */
	void reaped(String registration, String key) {
		ReplicaMember member = this.members.get(key);
		if (member != null) {
			boolean before = member.isStored();
			member.drop(registration);
			count(before, member.isStored());
		}
	}

	Map<String, ReplicaMember> members() {
		return this.members;
	}

	Map<String, ReplicaState> states() {
		return this.states;
	}

	@Nullable ReplicaMember member(String key) {
		return this.members.get(key);
	}

	@Nullable ReplicaState state(String connectionId) {
		return this.states.get(connectionId);
	}

	ReplicaMember addMember(String key) {
		return this.members.computeIfAbsent(key, (absent) -> new ReplicaMember());
	}

	ReplicaState addState(String connectionId) {
		return this.states.computeIfAbsent(connectionId, (absent) -> new ReplicaState());
	}

	/**
	 * Forgets a member of whom nothing is known any more.
	 * @param key the key
	 */
	void forgetMember(String key) {
		this.members.computeIfPresent(key, (same, member) -> member.isEmpty() ? null : member);
	}

	/**
	 * Forgets a state of which nothing is known any more.
	 * @param connectionId the id of the connection
	 */
	void forgetState(String connectionId) {
		this.states.computeIfPresent(connectionId, (same, state) -> state.isEmpty() ? null : state);
	}

	/**
	 * Returns what stands in Redis under this instance's registration.
	 * @param key the key of the hold
	 * @return the hold, {@code null} if there is none
	 */
	@Nullable StoredHold ownHold(String key) {
		ReplicaMember member = this.members.get(key);
		return (member != null) ? member.ownHold(this.truth) : null;
	}

	/**
	 * Returns what stands in Redis under this instance's registration.
	 * @param connectionId the id of the connection whose state it is
	 * @return the state, {@code null} if there is none
	 */
	@Nullable MemberState ownState(String connectionId) {
		ReplicaState state = this.states.get(connectionId);
		return (state != null) ? state.own(this.truth) : null;
	}

	/**
	 * Collects the registrations that hold something here.
	 * @param registrations what takes them
	 */
	void registrations(Collection<String> registrations) {
		this.members.values()
			.forEach((member) -> member.holds.forEach((hold) -> registrations.add(hold.registration())));
		this.states.values().forEach((state) -> registrations.addAll(state.stored.keySet()));
	}

	/**
	 * Collects everything that is known, to be looked at again.
	 * @param touched what takes it
	 */
	void touchAll(Touched touched) {
		this.members.keySet().forEach(touched::key);
		this.states.keySet().forEach(touched::connection);
	}

	/**
	 * Collects the members whose missing holds stop to count.
	 * @param now the time
	 * @param touched what takes them
	 */
	void touchExpired(long now, Touched touched) {
		this.members.forEach((key, member) -> {
			if (member.carried.stream().anyMatch((carried) -> carried.until() - now <= 0)) {
				touched.key(key);
			}
		});
	}

	/**
	 * Returns the members of whom Redis has something that cannot be read. Their
	 * instances put it right; what is so for long belongs to nobody.
	 * @return marks that put it right
	 */
	List<Mark.Id> unreadable() {
		List<Mark.Id> unreadable = new ArrayList<>();
		this.members.forEach((key, member) -> {
			if (member.unreadable) {
				unreadable.add(Mark.Id.hold(this.topic, key));
			}
		});
		return unreadable;
	}

	private void put(String key, @Nullable List<StoredHold> holds, boolean present) {
		ReplicaMember member = addMember(key);
		boolean before = member.isStored();
		member.unreadable = present && holds == null;
		member.holds = (holds != null) ? holds : List.of();
		count(before, member.isStored());
	}

	private void count(boolean before, boolean after) {
		this.stored += (after ? 1 : 0) - (before ? 1 : 0);
	}

	private void putState(String field, @Nullable MemberState value, Touched touched) {
		int colon = field.indexOf(':');
		if (colon < 0) {
			return;
		}
		String registration = field.substring(1, colon);
		String id = Octets.text(field.substring(colon + 1));
		ReplicaState state = addState(id);
		MemberState before = (value != null) ? state.stored.put(registration, value)
				: state.stored.remove(registration);
		this.storedStates += ((value != null) ? 1 : 0) - ((before != null) ? 1 : 0);
		state.carried = null;
		touched.connection(id);
	}

	private void missState(String field, Touched touched) {
		int colon = field.indexOf(':');
		String registration = field.substring(1, colon);
		String id = Octets.text(field.substring(colon + 1));
		ReplicaState state = addState(id);
		MemberState value = state.stored.get(registration);
		putState(field, null, touched);
		if (this.truth.isOwn(registration)) {
			state.healing = true;
		}
		else if (value != null) {
			ReplicaMember member = this.members.get(value.key());
			if (member != null && member.isCarried(registration)) {
				state.carried = new ReplicaState.Carried(registration, value);
			}
		}
	}

}
