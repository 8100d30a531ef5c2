package io.presence.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.engine.LocalMember.Former;
import io.presence.json.JsonText;
import io.presence.store.Hold;
import io.presence.store.MemberState;

/**
 * What this instance's own connections are in a topic: the truth that the store is asked
 * to show. Counts the tabs of each key, keeps their states, and collects marks for what
 * the store may know otherwise.
 */
final class Participants {

	private final Map<String, LocalMember> members = new HashMap<>(2);

	private final Map<String, Release> released = new HashMap<>(2);

	private final Map<String, Subscription> stateful = new HashMap<>(2);

	private Set<String> markedKeys = Set.of();

	private Set<String> markedConnections = Set.of();

	@Nullable LocalMember member(String key) {
		return this.members.get(key);
	}

	boolean isEmpty() {
		return this.members.isEmpty() && this.released.isEmpty() && this.stateful.isEmpty();
	}

	int size() {
		return this.members.size();
	}

	Collection<String> keys() {
		return new ArrayList<>(this.members.keySet());
	}

	Collection<LocalMember> members() {
		return new ArrayList<>(this.members.values());
	}

	Collection<String> statefulConnections() {
		return new ArrayList<>(this.stateful.keySet());
	}

	@Nullable MemberState state(String connectionId) {
		Subscription subscription = this.stateful.get(connectionId);
		return (subscription != null) ? subscription.state : null;
	}

	/**
	 * Puts a connection behind a key, or gives it other data.
	 * @return the member that it stands behind
	 */
	LocalMember add(Subscription tab, String key, JsonText data, long stamp) {
		LocalMember member = this.members.computeIfAbsent(key, LocalMember::new);
		if (tab.member == null) {
			tab.data = (!member.isEmpty() && member.data().equals(data)) ? member.data() : data;
			tab.stamp = stamp;
			member.add(tab);
		}
		else if (!data.equals(tab.data)) {
			tab.data = data;
			tab.stamp = stamp;
			member.renew(tab);
		}
		return member;
	}

	/**
	 * Puts a connection behind the key that it had, as if it had never had another.
	 * @return the member that it stands behind
	 */
	LocalMember putBack(Subscription tab, Former former) {
		LocalMember member = this.members.computeIfAbsent(former.key(), LocalMember::new);
		tab.data = former.data();
		tab.stamp = former.stamp();
		member.addInOrder(tab);
		return member;
	}

	/**
	 * Takes a connection away from its key, with its state.
	 */
	void remove(Subscription tab, LeaveReason reason) {
		LocalMember member = tab.member;
		if (member == null) {
			return;
		}
		clearState(tab);
		member.remove(tab);
		tab.data = null;
		if (tab.graceEnd != null) {
			tab.graceEnd.cancel();
			tab.graceEnd = null;
		}
		if (member.isEmpty()) {
			this.members.remove(member.key);
			this.released.merge(member.key, new Release(reason), Release::after);
			markKey(member.key);
		}
		else {
			markIfToldOtherwise(member);
		}
	}

	/**
	 * Forgets a member that the store did not hold for this instance when it answered. It
	 * may do so since, if it has asked again before the answer was heard: so the key is
	 * marked.
	 * @return the connections that were behind it
	 */
	List<Subscription> forget(LocalMember member, LeaveReason reason) {
		List<Subscription> tabs = member.copyOfTabs();
		tabs.forEach((tab) -> remove(tab, reason));
		return tabs;
	}

	/**
	 * Marks a hold if the store was told something else than what is true.
	 * @return whether it was marked
	 */
	boolean markIfToldOtherwise(LocalMember member) {
		if (!member.isToldOtherwise()) {
			return false;
		}
		markKey(member.key);
		return true;
	}

	/**
	 * Marks a hold whose data the roster of several instances may not show because the
	 * store was not told of the newest tab.
	 */
	void markIfOutOfOrder(LocalMember member, RosterView view) {
		if (view.isElsewhere(member.key) && member.isToldOutOfOrder(view.data(member.key))) {
			markKey(member.key);
		}
	}

	void markKey(String key) {
		if (this.markedKeys.isEmpty()) {
			this.markedKeys = new LinkedHashSet<>(2);
		}
		this.markedKeys.add(key);
	}

	void markConnection(String connectionId) {
		if (this.markedConnections.isEmpty()) {
			this.markedConnections = new LinkedHashSet<>(2);
		}
		this.markedConnections.add(connectionId);
	}

	Set<String> takeMarkedKeys() {
		Set<String> taken = this.markedKeys;
		this.markedKeys = Set.of();
		return taken;
	}

	Set<String> takeMarkedConnections() {
		Set<String> taken = this.markedConnections;
		this.markedConnections = Set.of();
		return taken;
	}

	/**
	 * Gives a connection a state; the caller marks it.
	 */
	void setState(Subscription tab, MemberState state) {
		cancelExpiry(tab);
		tab.state = state;
		this.stateful.put(tab.connection.id(), tab);
	}

	/**
	 * Takes the state of a connection away.
	 * @return whether there was one
	 */
	boolean clearState(Subscription tab) {
		cancelExpiry(tab);
		if (tab.state == null) {
			return false;
		}
		tab.state = null;
		this.stateful.remove(tab.connection.id(), tab);
		markConnection(tab.connection.id());
		return true;
	}

	/**
	 * Returns what is true of a key, and notes that the store was told.
	 */
	Hold tell(String key) {
		LocalMember member = this.members.get(key);
		Release release = this.released.get(key);
		if (release != null) {
			release.told = true;
		}
		if (member == null) {
			return new Hold.Released((release != null) ? release.reason : LeaveReason.UNKNOWN);
		}
		member.told = member.data();
		member.toldStamp = member.newest().stamp;
		member.toldYielding = member.yielding;
		return new Hold.Held(member.data(), member.newest().stamp, member.held, member.yielding);
	}

	/**
	 * Takes what waits for a key that was released to be settled.
	 */
	List<Runnable> takeSettledRelease(String key) {
		Release release = this.released.get(key);
		if (release == null || !release.told) {
			return List.of();
		}
		this.released.remove(key);
		return release.waiting;
	}

	/**
	 * Notes what to do when the release of a key is settled.
	 * @return whether there is a release to wait for
	 */
	boolean whenReleased(String key, Runnable action) {
		Release release = this.released.get(key);
		if (release == null) {
			return false;
		}
		if (release.waiting.isEmpty()) {
			release.waiting = new ArrayList<>(1);
		}
		release.waiting.add(action);
		return true;
	}

	private static void cancelExpiry(Subscription tab) {
		if (tab.stateExpiry != null) {
			tab.stateExpiry.cancel();
			tab.stateExpiry = null;
		}
	}

	/**
	 * A key that was let go, until the store has settled it.
	 */
	private static final class Release {

		private final LeaveReason reason;

		private boolean told;

		private List<Runnable> waiting = List.of();

		Release(LeaveReason reason) {
			this.reason = reason;
		}

		static Release after(Release before, Release now) {
			now.waiting = before.waiting;
			return now;
		}

	}

}
