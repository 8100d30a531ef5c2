package io.presence.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import io.presence.store.RosterChange;
import io.presence.store.RosterChange.Gone;
import io.presence.store.RosterChange.MemberChange;
import io.presence.store.Settlement;
import io.presence.store.StoredRoster;

/**
 * A topic that this instance watches: its replica, moved by messages and reads, and what
 * follows from each move for the listener and for this instance's own holds and states.
 */
final class Watch {

	private final Bucket bucket;

	private final StoreContext context;

	private final String channel;

	private final Replica replica;

	private final ShownRoster shown;

	private final Objections objections;

	private final TopicReader reader;

	private final Settlements.Waiting waiting = new Settlements.Waiting();

	/** Who waits for the roster. */
	private final List<Consumer<StoredRoster>> asking = new ArrayList<>();

	private int uses;

	/** Whether the listener wants to hear of it. */
	private boolean wanted;

	/** Whether the listener heard of it. */
	private boolean told;

	/** Whether there is something to show. */
	private boolean ready;

	private volatile boolean dropped;

	private volatile boolean loaded;

	Watch(Bucket bucket, ReadQueue reads, String topic) {
		this.bucket = bucket;
		this.context = bucket.context();
		this.channel = this.context.keys().topic(bucket.number(), topic);
		this.replica = new Replica(topic, bucket.truth());
		this.shown = new ShownRoster(this.replica, bucket.truth());
		this.objections = new Objections(this.replica, bucket.truth());
		this.reader = new TopicReader(bucket, this, reads);
	}

	String topic() {
		return this.replica.topic();
	}

	String channel() {
		return this.channel;
	}

	Replica replica() {
		return this.replica;
	}

	ShownRoster shown() {
		return this.shown;
	}

	Objections objections() {
		return this.objections;
	}

	TopicReader reader() {
		return this.reader;
	}

	Settlements.Waiting waiting() {
		return this.waiting;
	}

	boolean isWanted() {
		return this.wanted;
	}

	boolean isReady() {
		return this.ready;
	}

	/**
	 * Tells whether the topic was read.
	 * @return whether it was, on any thread
	 */
	boolean isLoaded() {
		return this.loaded;
	}

	boolean isDropped() {
		return this.dropped;
	}

	/**
	 * Learns that the listener wants to hear of it.
	 */
	void want() {
		this.wanted = true;
		tellComplete();
	}

	/**
	 * Learns that the listener does not want to hear of it any more.
	 * @return whether nobody else waits for it
	 */
	boolean unwant() {
		this.wanted = false;
		this.told = false;
		return this.asking.isEmpty();
	}

	/**
	 * Tells the roster, as soon as it is known.
	 * @param asker what takes the roster
	 */
	void ask(Consumer<StoredRoster> asker) {
		if (this.replica.isLoaded()) {
			asker.accept(this.shown.roster(this.bucket.isDegraded()));
		}
		else {
			this.asking.add(asker);
		}
	}

	void use() {
		this.uses++;
	}

	/**
	 * Returns how often it was wanted, so that an old wish to drop it is recognised.
	 * @return the number of uses
	 */
	int uses() {
		return this.uses;
	}

	void drop() {
		this.dropped = true;
	}

	void message(TopicMessage message) {
		if (!this.reader.keeps(message) && this.replica.isLoaded()) {
			take(message);
		}
	}

	private void take(TopicMessage message) {
		if (this.replica.isOld(message)) {
			return;
		}
		if (!this.replica.fits(message)) {
			this.reader.request();
			return;
		}
		Touched touched = Touched.byMessage(this.bucket.truth().isOwn(message.sender()));
		if (!this.replica.apply(message, touched)) {
			reportUnreadable();
		}
		if (this.replica.storedMembers() != message.count()) {
			this.reader.request();
		}
		refresh(touched);
		raiseObjections(touched, false);
		this.bucket.settlements().settleShown(this);
	}

	/**
	 * Replaces the replica by what was read.
	 * @param read the read that ended
	 */
	void replace(TopicRead read) {
		boolean first = !this.replica.isLoaded();
		Duration carry = this.context.settings().carry();
		long carryUntil = this.bucket.calls().now() + carry.toNanos();
		Touched touched = Touched.byFinding();
		if (!this.replica.replace(read.fields(), read.version(), carryUntil, touched)) {
			reportUnreadable();
		}
		this.loaded = true;
		this.ready = true;
		refresh(touched);
		tellComplete();
		raiseObjections(touched, true);
		this.bucket.settlements().settleShown(this, read);
		if (first) {
			this.bucket.lease().include(this);
			this.bucket.settlements().overlayOld(this);
		}
		this.bucket.calls().later(carry.plusMillis(1), this::expireCarried);
	}

	/**
	 * Shows this instance's own holds and states as they are in memory, because the topic
	 * was not read for too long.
	 */
	void showTruth() {
		if (!this.dropped && !this.replica.isLoaded()) {
			Touched touched = Touched.byFinding();
			this.shown.showTruth(touched);
			this.ready = true;
			refresh(touched);
			tellComplete();
		}
	}

	/**
	 * Takes away what this instance removed for one that had died, because the message
	 * that tells it did not come.
	 * @param registration the registration that had died
	 * @param gone the members that left
	 */
	void reaped(String registration, RosterChange gone) {
		if (this.dropped) {
			this.context.listener().reaped(gone);
			return;
		}
		Touched touched = Touched.byMessage(true);
		for (MemberChange change : gone.members()) {
			touched.left(change.key(), ((Gone) change).reason());
			this.replica.reaped(registration, change.key());
		}
		refresh(touched);
	}

	/**
	 * Tells whether Redis has another version than the replica.
	 * @param version the version in Redis, 0 if the topic is not there
	 * @return whether the topic must be read
	 */
	boolean differsFrom(long version) {
		return !this.dropped && this.replica.isLoaded() && version != this.replica.version()
				&& !(version == 0 && this.replica.isAbsent());
	}

	/**
	 * Tells the listener what is shown differently than before.
	 * @param touched what may be
	 */
	void refresh(Touched touched) {
		RosterChange change = this.shown.refresh(touched, this.bucket.calls().now());
		if (change != null && this.wanted && this.told) {
			this.context.listener().changed(change);
		}
	}

	void refreshAll() {
		Touched touched = Touched.byFinding();
		this.replica.touchAll(touched);
		refresh(touched);
	}

	/**
	 * Marks what stands in Redis differently from memory.
	 * @param touched what may
	 * @param everything whether all that this instance has may
	 */
	void raiseObjections(Touched touched, boolean everything) {
		List<Mark.Id> differing = new ArrayList<>();
		this.objections.find(touched, everything, (id) -> {
			if (this.bucket.committer().marks().get(id) == null) {
				differing.add(id);
			}
		}, (key) -> this.context.listener().settled(topic(), key, Settlement.RELEASED));
		differing.forEach((id) -> this.bucket.committer().mark(List.of(id)));
	}

	/**
	 * Tells whoever waits for it what is shown.
	 * @param stale whether that may be old
	 */
	void answer(boolean stale) {
		if (!this.asking.isEmpty()) {
			StoredRoster roster = this.shown.roster(stale);
			this.asking.forEach((asker) -> asker.accept(roster));
			this.asking.clear();
		}
	}

	private void tellComplete() {
		if (!this.ready) {
			return;
		}
		if (this.wanted && !this.told) {
			this.told = true;
			this.context.listener().changed(this.shown.complete());
		}
		this.bucket.settlements().overlayUnanswered(this);
		if (this.replica.isLoaded()) {
			answer(false);
		}
	}

	private void expireCarried() {
		if (!this.dropped) {
			Touched touched = Touched.byFinding();
			this.replica.touchExpired(this.bucket.calls().now(), touched);
			refresh(touched);
			this.replica.unreadable().forEach((id) -> this.bucket.committer().mark(List.of(id)));
		}
	}

	private void reportUnreadable() {
		this.context.problems().report(Problem.UNREADABLE_VALUE, this.channel);
	}

}
