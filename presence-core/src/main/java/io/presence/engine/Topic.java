package io.presence.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.PresenceException;
import io.presence.PresenceMember;
import io.presence.PresenceNotJoinedException;
import io.presence.PresenceRoster;
import io.presence.concurrent.Mailbox;
import io.presence.engine.Subscription.LatestUpdate;
import io.presence.json.JsonText;
import io.presence.json.Quoted;
import io.presence.protocol.Position;
import io.presence.store.Hold;
import io.presence.store.MemberState;
import io.presence.store.RosterChange;
import io.presence.store.Settlement;

/**
 * One topic on this instance: its own connections in it, the roster that the store shows,
 * and the observers. What happens to each of them is done by a part of the topic.
 * <p>
 * Everything that happens is a task of this mailbox, run under the topic's monitor, which
 * reads take as well. A task never calls out. What follows from it is collected: marks
 * for the store, frames, answers and events go out after the task, in order, without the
 * monitor. A topic is watched from the first task that needs it until nobody was in it
 * for a while.
 */
final class Topic extends Mailbox {

	private final EngineContext context;

	private final Topics topics;

	private final String name;

	private final Effects effects = new Effects();

	private final RosterView view = new RosterView();

	private final Participants participants = new Participants();

	private final Answers answers;

	private final Observers observers;

	private final TopicUse use;

	private final Watch watch;

	private final States states;

	private final Membership membership;

	private final Settling settling;

	private final RosterFeed feed;

	private final Grace grace;

	private final Expulsion expulsion;

	private final WakeUp wakeUp;

	Topic(EngineContext context, Topics topics, String name, boolean keyed) {
		super(context.executor());
		this.context = context;
		this.topics = topics;
		this.name = name;
		this.answers = new Answers(name, context, this.effects);
		this.observers = new Observers(name, context, this.view, this.effects, this.answers);
		this.use = new TopicUse(context, topics, this.observers);
		this.watch = new Watch(name, context, this.effects, this.view, this.observers);
		this.states = new States(this, context, this.participants);
		this.membership = new Membership(context, this.participants, this.watch, this.states, this.observers,
				this.answers, this.use);
		this.settling = new Settling(name, context, this.effects, this.participants, this.states, this.membership,
				this.observers, this.answers, this.use);
		this.feed = new RosterFeed(name, this.view, this.participants, context.listeners(), this.effects);
		this.grace = new Grace(this, keyed, context, this.participants, this.watch, this.membership, this.use);
		this.expulsion = new Expulsion(name, this.effects, this.participants, this.membership, this.observers,
				this.states, this.use);
		this.wakeUp = new WakeUp(this, context.scheduler());
	}

	String name() {
		return this.name;
	}

	/**
	 * Keeps the topic from being removed until {@link #unuse} is called.
	 * @return how many kept it before, negative if it is removed already
	 */
	int use() {
		return this.use.begin();
	}

	/**
	 * Ends what {@link #use} began, in a task.
	 */
	void unuse() {
		this.use.end();
	}

	@Override
	protected void run(Runnable task) {
		List<Runnable> follow;
		synchronized (this) {
			try {
				task.run();
			}
			finally {
				sendMarks();
				follow = this.effects.take();
			}
		}
		Effects.run(follow);
	}

	@Override
	protected void caughtUp() {
		List<Runnable> follow;
		synchronized (this) {
			plan(false);
			follow = this.effects.take();
		}
		Effects.run(follow);
	}

	// What connections ask for

	/**
	 * Joins, or updates. Whichever version of the user data is the latest counts, in
	 * whatever order joins and updates arrive here.
	 */
	void join(Subscription subscription, String key, JsonText data, long userVersion, JoinRequest request) {
		tell(() -> {
			LatestUpdate latest = subscription.latestUpdate;
			if (latest == null || userVersion >= latest.userVersion()) {
				latest = new LatestUpdate(key, data, userVersion);
				subscription.latestUpdate = (request.kind() == JoinRequest.Kind.UPDATE) ? latest : null;
			}
			PresenceException refusal = this.answers.refusal(subscription);
			if (refusal != null) {
				this.answers.refuse(request, refusal);
			}
			else {
				this.membership.join(subscription, latest.key(), latest.data(), request);
			}
			this.use.done(subscription);
		});
	}

	/**
	 * Hears that nothing will be asked for a subscription that was kept.
	 */
	void abandon(Subscription subscription) {
		tell(() -> this.use.done(subscription));
	}

	void observe(Subscription subscription, JoinRequest request) {
		tell(() -> {
			PresenceException refusal = this.answers.refusal(subscription);
			if (refusal != null) {
				this.answers.refuse(request, refusal);
			}
			else {
				this.watch.begin();
				if (this.watch.isLoaded()) {
					this.observers.asked(subscription, request);
				}
				else {
					this.observers.await(subscription, request);
				}
			}
			this.use.done(subscription);
		});
	}

	/**
	 * Leaves.
	 * @param waitForStore whether the answer waits until the store has settled it
	 * @param answer hears whether the connection had joined
	 */
	void leave(Subscription subscription, LeaveReason reason, boolean waitForStore, Consumer<Boolean> answer) {
		tell(() -> {
			LocalMember member = subscription.member;
			boolean joined = member != null;
			if (member != null) {
				this.membership.depart(subscription, reason);
			}
			Runnable left = () -> answer.accept(joined);
			if (member == null || !waitForStore || !this.participants.whenReleased(member.key, left)) {
				this.effects.add(left);
			}
			this.use.done(subscription);
		});
	}

	void unobserve(Subscription subscription, Runnable answer) {
		tell(() -> {
			this.observers.answerWaiting(subscription);
			this.observers.stop(subscription, Ground.ASKED);
			this.effects.add(answer);
			this.use.done(subscription);
		});
	}

	/**
	 * Sends a snapshot again, or what the client misses.
	 */
	void snapshot(Subscription subscription, @Nullable Position position, String sent, Runnable notObserving) {
		tell(() -> {
			if (subscription.observes()) {
				this.observers.owe(subscription, position, sent);
			}
			else if (!isSnapshotComing(subscription)) {
				this.effects.add(notObserving);
			}
			this.use.done(subscription);
		});
	}

	/**
	 * Tells whether a snapshot will follow anyway, because a join or the wish to observe
	 * has not been answered.
	 */
	private boolean isSnapshotComing(Subscription subscription) {
		LocalMember member = subscription.member;
		return (member != null && member.isPending(subscription)) || this.observers.isWaiting(subscription);
	}

	/**
	 * Sends a snapshot to a connection that has lost frames and can take some again.
	 */
	void oweSnapshot(Subscription subscription) {
		tell(() -> {
			if (subscription.observes()) {
				this.observers.owe(subscription, null, this.name);
			}
			else {
				subscription.connection.outbox().forget(subscription);
			}
		});
	}

	void state(Subscription subscription, @Nullable JsonText state, @Nullable Duration expireAfter,
			JoinRequest.Answer answer) {
		tell(() -> {
			LocalMember member = subscription.member;
			if (member == null || member.lingering != null) {
				this.effects.add(() -> answer.refused(new PresenceNotJoinedException(
						"The connection has not joined the topic " + Quoted.of(this.name) + ": join it first")));
			}
			else {
				this.states.set(subscription, state, expireAfter);
				this.effects.add(() -> answer.accepted(member.key));
			}
			this.use.done(subscription);
		});
	}

	/**
	 * Ends all that a connection was here, because it has closed.
	 */
	void closed(Subscription subscription) {
		tell(() -> {
			this.observers.stop(subscription, Ground.ASKED);
			this.observers.refuseWaiting(subscription);
			LeaveReason reason = subscription.connection.closeReason();
			LocalMember member = subscription.member;
			if (member != null && this.context.isStopping()) {
				this.membership.withdraw(member, subscription);
			}
			else if (member != null && this.grace.covers(member, reason)) {
				this.grace.begin(member, subscription, reason);
			}
			else {
				this.membership.depart(subscription, reason);
			}
			this.use.tidy(subscription);
		});
	}

	/**
	 * Removes the connections of a key, also what lingers of it.
	 * @param removed takes those that were connected
	 * @param done called once the store has settled it
	 */
	void kick(String key, LeaveReason reason, Consumer<List<Connection>> removed, Runnable done) {
		tell(() -> {
			List<Connection> kicked = this.expulsion.kick(key, reason);
			this.effects.add(() -> removed.accept(kicked));
			if (!this.participants.whenReleased(key, done)) {
				this.effects.add(done);
			}
		});
	}

	/**
	 * Ends what a connection may no longer be.
	 */
	void revoke(Subscription subscription, boolean mayJoin, boolean mayObserve, boolean mayPublish,
			Consumer<Boolean> answer) {
		tell(() -> {
			boolean lost = this.expulsion.revoke(subscription, mayJoin, mayObserve, mayPublish);
			this.effects.add(() -> answer.accept(lost));
			this.use.done(subscription);
		});
	}

	void flush(Runnable done) {
		tell(() -> {
			plan(true);
			this.effects.add(done);
		});
	}

	// What the store tells

	void changed(RosterChange change) {
		tell(() -> {
			boolean first = !this.watch.isLoaded();
			if (!this.watch.isBegun() || (first && !change.complete())) {
				return;
			}
			this.feed.take(change, first);
			if (first) {
				this.watch.loaded();
				for (Observers.Waiting waiting : this.observers.takeWaiting()) {
					this.observers.asked(waiting.subscription(), waiting.request());
					this.use.done(waiting.subscription());
				}
				this.participants.members().forEach(this.membership::acceptSettled);
			}
		});
	}

	void settled(String key, Settlement settlement) {
		tell(() -> this.settling.settled(key, settlement));
	}

	// What anybody may read

	synchronized Hold hold(String key) {
		return this.participants.tell(key);
	}

	synchronized @Nullable MemberState localState(String connectionId) {
		return this.participants.state(connectionId);
	}

	synchronized Collection<String> keys() {
		return this.participants.keys();
	}

	synchronized Collection<String> statefulConnections() {
		return this.participants.statefulConnections();
	}

	synchronized boolean isJoined(Subscription subscription) {
		LocalMember member = subscription.member;
		return member != null && member.lingering == null;
	}

	synchronized @Nullable String keyOf(Subscription subscription) {
		LocalMember member = subscription.member;
		return (member != null) ? member.key : null;
	}

	synchronized @Nullable PresenceRoster roster(boolean stale) {
		if (!this.watch.isLoaded()) {
			return null;
		}
		List<PresenceMember> members = new ArrayList<>(this.view.count());
		this.view.members().forEach((key, data) -> members.add(this.view.member(key, data)));
		return new PresenceRoster(this.name, members, members.size(), this.view.revision(), stale);
	}

	synchronized int count() {
		return this.watch.isLoaded() ? this.view.count() : -1;
	}

	synchronized @Nullable Boolean isPresent(String key) {
		return this.watch.isLoaded() ? this.view.data(key) != null : null;
	}

	synchronized @Nullable PresenceMember member(String key) {
		JsonText data = this.view.data(key);
		return (data != null) ? this.view.member(key, data) : null;
	}

	synchronized int holds() {
		return this.participants.size();
	}

	synchronized int observers() {
		return this.observers.audience().size();
	}

	// What is due when

	private void plan(boolean everything) {
		long now = this.context.now();
		Audience audience = this.observers.audience();
		if (this.watch.isLoaded() && (everything || audience.nextFlush() <= now)) {
			audience.flush(now, everything);
		}
		this.states.markDue(now);
		sendMarks();
		long next = this.states.nextMark();
		if (this.watch.isLoaded()) {
			next = Math.min(next, audience.nextFlush());
		}
		if (this.use.isIdle() && this.participants.isEmpty()) {
			next = Math.min(next, endWatch(now));
		}
		this.wakeUp.at(next, now);
	}

	private void sendMarks() {
		Set<String> keys = this.participants.takeMarkedKeys();
		Set<String> connections = this.participants.takeMarkedConnections();
		if (!keys.isEmpty() || !connections.isEmpty()) {
			this.effects.add(() -> this.context.store().mark(this.name, keys, connections));
		}
	}

	/**
	 * Ends the watch of a topic that nobody is in, and removes it, if that is so for long
	 * enough.
	 * @return when to look again
	 */
	private long endWatch(long now) {
		long due = this.use.idleSince() + this.context.settings().watchLinger().toNanos();
		if (now < due) {
			return due;
		}
		if (this.watch.isBegun()) {
			this.watch.end();
		}
		this.effects.add(() -> tell(() -> {
			if (this.use.remove()) {
				this.effects.add(() -> this.topics.removed(this));
			}
		}));
		return Audience.NEVER;
	}

}
