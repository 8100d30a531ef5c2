package io.presence.engine;

import java.util.List;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.engine.LocalMember.Former;
import io.presence.engine.LocalMember.PendingJoin;
import io.presence.engine.States.Kept;
import io.presence.json.JsonText;

/**
 * How this instance's connections become tabs of members of a topic, and cease to be. A
 * join is answered once the store holds its member and the roster shows it.
 */
final class Membership {

	private final EngineContext context;

	private final Participants participants;

	private final Watch watch;

	private final States states;

	private final Observers observers;

	private final Answers answers;

	private final TopicUse use;

	Membership(EngineContext context, Participants participants, Watch watch, States states, Observers observers,
			Answers answers, TopicUse use) {
		this.context = context;
		this.participants = participants;
		this.watch = watch;
		this.states = states;
		this.observers = observers;
		this.answers = answers;
		this.use = use;
	}

	/**
	 * Puts a connection behind a key, or gives it other data.
	 */
	void join(Subscription subscription, String key, JsonText data, JoinRequest request) {
		LocalMember before = subscription.member;
		if (request.kind() == JoinRequest.Kind.UPDATE && before == null) {
			this.answers.accept(request, null);
			return;
		}
		this.watch.begin();
		Former former = null;
		Kept kept = null;
		if (before != null && !before.key.equals(key)) {
			former = former(subscription, before);
			kept = this.states.keep(subscription);
			changeKey(subscription, before);
		}
		LocalMember member = this.participants.add(subscription, key, data, this.context.store().stamp());
		takeOver(member, subscription);
		if (request.state() != null) {
			this.states.setAtOnce(subscription, request.state(), request.expireAfter());
			if (kept != null) {
				kept.drop();
			}
		}
		else if (kept != null) {
			this.states.restore(subscription, kept);
		}
		boolean marked = this.participants.markIfToldOtherwise(member) || showsOtherData(member);
		if (member.held && !marked && this.watch.isLoaded()) {
			accept(subscription, request);
		}
		else {
			member.addPending(new PendingJoin(subscription, request, former));
		}
	}

	/**
	 * Marks a member that shows the data of another instance though a tab here has come
	 * since.
	 */
	private boolean showsOtherData(LocalMember member) {
		if (!this.watch.isLoaded() || !member.held || member.data().equals(this.watch.view().data(member.key))) {
			return false;
		}
		this.participants.markKey(member.key);
		return true;
	}

	private static @Nullable Former former(Subscription subscription, LocalMember before) {
		JsonText data = subscription.data;
		return (data != null) ? new Former(before.key, data, subscription.stamp) : null;
	}

	private void changeKey(Subscription subscription, LocalMember before) {
		before.takePending(subscription).forEach((join) -> accept(subscription, join.request()));
		remove(subscription, LeaveReason.LEAVE);
	}

	/**
	 * Puts a connection behind the key again that it had before.
	 */
	void goBack(Subscription subscription, Former former, @Nullable Kept kept) {
		LocalMember member = this.participants.putBack(subscription, former);
		takeOver(member, subscription);
		if (kept != null) {
			this.states.restore(subscription, kept);
		}
		this.participants.markIfToldOtherwise(member);
	}

	/**
	 * Lets a newcomer take the place of what lingers of its key.
	 */
	private void takeOver(LocalMember member, Subscription newcomer) {
		if (member.lingering == null) {
			return;
		}
		member.lingering = null;
		member.yielding = false;
		for (Subscription tab : member.copyOfTabs()) {
			if (tab != newcomer) {
				remove(tab, LeaveReason.LEAVE);
				this.use.tidy(tab);
			}
		}
	}

	private void accept(Subscription subscription, JoinRequest request) {
		if (!subscription.connection.isOpen()) {
			this.answers.refuseClosed(request, subscription.connection);
			return;
		}
		LocalMember member = subscription.member;
		this.answers.accept(request, (member != null) ? member.key : null);
		if (request.kind() == JoinRequest.Kind.JOIN) {
			this.context.metrics().joined();
			this.observers.joined(subscription, request);
		}
	}

	/**
	 * Accepts the joins of a member once the store holds it and the roster shows it.
	 */
	void acceptSettled(LocalMember member) {
		if (member.held && this.watch.isLoaded() && this.watch.view().data(member.key) != null) {
			member.takePending().forEach((join) -> accept(join.tab(), join.request()));
		}
	}

	/**
	 * Ends the participation of a connection, if it has one.
	 */
	void depart(Subscription subscription, LeaveReason reason) {
		LocalMember member = subscription.member;
		if (member == null) {
			return;
		}
		if (subscription.connection.isOpen()) {
			List<PendingJoin> pending = member.takePending(subscription);
			pending.forEach((join) -> this.answers.accept(join.request(), member.key));
		}
		else {
			this.answers.refusePending(member, subscription);
		}
		remove(subscription, reason);
		this.observers.stop(subscription, Ground.JOINED);
	}

	/**
	 * Ends what a connection that has closed waits for and observes; its tab stays.
	 */
	void withdraw(LocalMember member, Subscription subscription) {
		this.answers.refusePending(member, subscription);
		this.observers.stop(subscription, Ground.JOINED);
	}

	/**
	 * Takes a connection away from its key. Among the holds of other instances what
	 * remains of the key counts as the newest tab that is left, even if the data is the
	 * same.
	 */
	private void remove(Subscription subscription, LeaveReason reason) {
		LocalMember member = subscription.member;
		this.participants.remove(subscription, reason);
		if (member != null && !member.isEmpty()) {
			this.participants.markIfOutOfOrder(member, this.watch.view());
		}
	}

}
