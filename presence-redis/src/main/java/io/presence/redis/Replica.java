package io.presence.redis;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

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
import io.presence.store.Settlement;
import io.presence.store.StoredRoster;

/**
 * What this instance knows of a topic: the topic's hash in Redis as messages and reads
 * tell it, holds included. What is <em>shown</em> follows from it, and is compared with
 * what was shown before:
 * <ul>
 * <li>What a message takes away is gone at once.
 * <li>A hold of another instance that only a read misses is <em>carried</em> for a while:
 * its instance may not have healed it yet.
 * <li>A hold of this instance that a read misses, that stands under a registration which
 * it gave up, or whose mark is old (<em>overlaid</em>), is shown as it is in memory.
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

	int shownMembers() {
		return (int) this.members.values().stream().filter((member) -> member.shown != null).count();
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
				keep(key, (holds != null) ? holds : List.of(), carryUntil);
				put(key, holds, true);
				touched.key(key);
			}
		}
		for (String key : missing) {
			keep(key, List.of(), carryUntil);
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

	/**
	 * Shows this instance's own holds and states as they are in memory until Redis has
	 * them.
	 * @param touched what is to be looked at again
	 */
	void showTruth(Touched touched) {
		this.truth.local().keys(this.topic).forEach((key) -> {
			member(key).healing = true;
			touched.key(key);
		});
		this.truth.local().statefulConnections(this.topic).forEach((id) -> {
			state(id).healing = true;
			touched.connection(id);
		});
	}

	void overlay(Mark.Id mark, int difference) {
		if (mark.isHold()) {
			member(mark.id()).overlays += difference;
		}
		else {
			state(mark.id()).overlays += difference;
		}
	}

	/**
	 * Learns what this instance told Redis of its hold, for the reason of a leave.
	 * @param key the key
	 * @param hold the hold
	 */
	void told(String key, Hold hold) {
		ReplicaMember member = this.members.get(key);
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
		ReplicaMember member = this.members.get(key);
		if (came && !isShown(key)) {
			member(key).arriving = true;
		}
		else if (!came && member != null && member.shown != null) {
			member.departed = true;
		}
	}

	/**
	 * Learns that this instance's hold, which Redis lacks, is not to be healed: the
	 * member has left elsewhere.
	 * @param key the key
	 */
	void over(String key) {
		ReplicaMember member = this.members.get(key);
		if (member != null) {
			member.healing = false;
		}
	}

	/**
	 * Tells whether the replica has of this instance what was told to Redis.
	 * @param mark the mark that told it and was answered
	 * @return whether it does
	 */
	boolean has(Mark mark) {
		String id = mark.id().id();
		if (!mark.id().isHold()) {
			return Objects.equals(ownState(id), this.truth.state(this.topic, id));
		}
		StoredHold own = ownHold(id);
		if (mark.settlement != Settlement.REFUSED && !mark.isOver() && mark.told instanceof Hold.Held held) {
			return this.truth.isAsStored(held, own) && isShown(id);
		}
		return own == null;
	}

	/**
	 * Tells whether a hold or a state of this instance is shown as it is in memory.
	 * @param mark what is marked
	 * @return whether it is
	 */
	boolean isFromMemory(Mark.Id mark) {
		if (!this.loaded) {
			return true;
		}
		if (mark.isHold()) {
			ReplicaMember member = this.members.get(mark.id());
			return member != null && isFromMemory(member, ownHold(mark.id()));
		}
		ReplicaState state = this.states.get(mark.id());
		return state != null && (state.overlays > 0 || state.healing);
	}

	/**
	 * Finds what stands in Redis differently from memory.
	 * @param touched what to compare
	 * @param everything whether to compare all that this instance has
	 * @param differs what takes the marks of what differs
	 * @param ended what takes the keys whose grace time ended because the member left on
	 * another instance
	 */
	void compare(Touched touched, boolean everything, Consumer<Mark.Id> differs, Consumer<String> ended) {
		Set<String> keys = new LinkedHashSet<>(touched.keys());
		Set<String> connections = new LinkedHashSet<>(touched.connections());
		if (everything) {
			keys.addAll(this.truth.local().keys(this.topic));
			connections.addAll(this.truth.local().statefulConnections(this.topic));
		}
		for (String key : keys) {
			StoredHold own = ownHold(key);
			if (!(this.truth.hold(this.topic, key) instanceof Hold.Held held)) {
				if (own != null) {
					differs.accept(Mark.Id.hold(this.topic, key));
				}
			}
			else if (own == null && held.yielding() && leftByChoice(touched.reason(key))) {
				ended.accept(key);
			}
			else if (!this.truth.isAsStored(held, own) || shouldYield(key, held, own)) {
				differs.accept(Mark.Id.hold(this.topic, key));
			}
		}
		for (String id : connections) {
			if (!Objects.equals(ownState(id), this.truth.state(this.topic, id))) {
				differs.accept(Mark.Id.state(this.topic, id));
			}
		}
	}

	private static boolean leftByChoice(@Nullable LeaveReason reason) {
		return reason == LeaveReason.LEAVE || reason == LeaveReason.KICKED;
	}

	private boolean shouldYield(String key, Hold.Held held, @Nullable StoredHold own) {
		ReplicaMember member = this.members.get(key);
		return member != null && held.yielding() && own != null && !own.isYielding() && member.holds.stream()
			.anyMatch((hold) -> !hold.isYielding() && !this.truth.isOwn(hold.registration()));
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
			ReplicaMember member = this.members.get(key);
			if (member != null) {
				refresh(key, member, touched, now, memberChanges, connections);
			}
		}
		for (String id : connections) {
			ReplicaState state = this.states.get(id);
			if (state != null) {
				refresh(id, state, touched, stateChanges);
			}
		}
		if (memberChanges.isEmpty() && stateChanges.isEmpty()) {
			return null;
		}
		return new RosterChange(this.topic, false, memberChanges, stateChanges);
	}

	/**
	 * Returns all that is shown.
	 * @return the roster as a complete change
	 */
	RosterChange complete() {
		List<MemberChange> memberChanges = new ArrayList<>();
		List<StateChange> stateChanges = new ArrayList<>();
		this.members.forEach((key, member) -> {
			if (member.shown != null) {
				memberChanges.add(new Present(key, member.shown, member.shownElsewhere, false));
			}
		});
		this.states.forEach((id, state) -> {
			if (state.shown != null) {
				stateChanges.add(new StateChange(id, state.shown, false));
			}
		});
		return new RosterChange(this.topic, true, memberChanges, stateChanges);
	}

	StoredRoster roster(boolean stale) {
		Map<String, JsonText> data = new HashMap<>();
		Map<String, MemberState> shownStates = new HashMap<>();
		this.members.forEach((key, member) -> {
			if (member.shown != null) {
				data.put(key, member.shown);
			}
		});
		this.states.forEach((id, state) -> {
			if (state.shown != null) {
				shownStates.put(id, state.shown);
			}
		});
		return new StoredRoster(data, shownStates, this.version, stale);
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

	private void refresh(String key, ReplicaMember member, Touched touched, long now, List<MemberChange> changes,
			Set<String> connections) {
		member.dropCarried(now);
		StoredHold own = ownHold(key);
		boolean fromMemory = isFromMemory(member, own);
		if (fromMemory) {
			own = this.truth.held(this.topic, key);
			member.healing &= own != null;
		}
		else if (own != null) {
			member.healing = false;
		}
		StoredHold newest = own;
		boolean elsewhere = false;
		for (StoredHold hold : othersHolds(member)) {
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
			if (own != null || isHeldElsewhere(member)) {
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
		connections.addAll(member.connections);
		if (member.isEmpty()) {
			this.members.remove(key);
		}
	}

	private Gone gone(String key, ReplicaMember member, JsonText data, Touched touched, boolean fromMemory) {
		LeaveReason told = touched.reason(key);
		if (told != null) {
			return new Gone(key, data, told, touched.isOwn());
		}
		LeaveReason own = fromMemory ? this.truth.reason(this.topic, key) : LeaveReason.UNKNOWN;
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
			member(key).connect(id);
		}
		state.key = key;
		ReplicaMember member = (key != null) ? this.members.get(key) : null;
		MemberState show = (member != null && member.shown != null) ? now : null;
		boolean memberLeft = show == null && state.shown != null && !isShown(state.shown.key());
		if (!Objects.equals(show, state.shown) && !memberLeft) {
			changes.add(new StateChange(id, show, touched.isMessage() ? touched.isOwn() : isOwn(state)));
		}
		state.shown = show;
		if (state.isEmpty()) {
			this.states.remove(id);
		}
	}

	private @Nullable MemberState look(String id, ReplicaState state) {
		MemberState own = ownState(id);
		boolean fromMemory = !this.loaded || state.overlays > 0 || state.healing
				|| state.stored.keySet().stream().anyMatch(this::isGivenUp);
		if (own != null) {
			state.healing = false;
		}
		if (fromMemory) {
			own = this.truth.state(this.topic, id);
			state.healing &= own != null;
		}
		MemberState newest = own;
		for (Map.Entry<String, MemberState> entry : state.stored.entrySet()) {
			if (!this.truth.isOwn(entry.getKey()) && (newest == null || entry.getValue().n() > newest.n())) {
				newest = entry.getValue();
			}
		}
		if (state.carried != null) {
			ReplicaMember member = this.members.get(state.carried.state().key());
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
		return !this.loaded || member.overlays > 0 || (member.healing && own == null)
				|| member.holds.stream().anyMatch((hold) -> isGivenUp(hold.registration()));
	}

	private boolean isGivenUp(String registration) {
		return this.truth.isOwn(registration) && !this.truth.isCurrent(registration);
	}

	private boolean isOwn(ReplicaState state) {
		return state.overlays > 0 || state.healing || state.stored.keySet().stream().anyMatch(this.truth::isOwn);
	}

	boolean isShown(String key) {
		ReplicaMember member = this.members.get(key);
		return member != null && member.shown != null;
	}

	private List<StoredHold> othersHolds(ReplicaMember member) {
		List<StoredHold> holds = new ArrayList<>(member.holds.size());
		for (StoredHold hold : member.holds) {
			if (!this.truth.isOwn(hold.registration())) {
				holds.add(hold);
			}
		}
		member.carried.forEach((carried) -> holds.add(carried.hold()));
		return holds;
	}

	private boolean isHeldElsewhere(ReplicaMember member) {
		return member.holds.stream().anyMatch((hold) -> !this.truth.isOwn(hold.registration()));
	}

	private @Nullable StoredHold ownHold(String key) {
		ReplicaMember member = this.members.get(key);
		if (member != null) {
			for (StoredHold hold : member.holds) {
				if (this.truth.isCurrent(hold.registration())) {
					return hold;
				}
			}
		}
		return null;
	}

	private @Nullable MemberState ownState(String id) {
		ReplicaState state = this.states.get(id);
		if (state != null) {
			for (Map.Entry<String, MemberState> entry : state.stored.entrySet()) {
				if (this.truth.isCurrent(entry.getKey())) {
					return entry.getValue();
				}
			}
		}
		return null;
	}

	private void keep(String key, List<StoredHold> read, long carryUntil) {
		ReplicaMember member = member(key);
		for (StoredHold hold : member.holds) {
			boolean missing = read.stream().noneMatch((other) -> other.registration().equals(hold.registration()));
			if (missing && this.truth.isOwn(hold.registration())) {
				member.healing = true;
			}
			else if (missing) {
				member.carry(hold, carryUntil);
			}
		}
	}

	private void put(String key, @Nullable List<StoredHold> holds, boolean present) {
		ReplicaMember member = member(key);
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
		ReplicaState state = state(id);
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
		ReplicaState state = state(id);
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

	private void disconnect(String key, String id) {
		ReplicaMember member = this.members.get(key);
		if (member != null) {
			member.disconnect(id);
			if (member.isEmpty()) {
				this.members.remove(key);
			}
		}
	}

	private ReplicaMember member(String key) {
		return this.members.computeIfAbsent(key, (absent) -> new ReplicaMember());
	}

	private ReplicaState state(String id) {
		return this.states.computeIfAbsent(id, (absent) -> new ReplicaState());
	}

}
