package io.presence.engine;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.presence.concurrent.Mailbox;
import io.presence.engine.Subscription.StateExpiry;
import io.presence.json.JsonText;
import io.presence.store.MemberState;

/**
 * The states that this instance's connections publish in a topic: they clear themselves
 * when their time is over, and a stream of them reaches the store at the pace of the
 * state window.
 */
final class States {

	private final Mailbox topic;

	private final EngineContext context;

	private final Participants participants;

	private final Set<String> marks = new LinkedHashSet<>(2);

	private long marksAllowed;

	States(Mailbox topic, EngineContext context, Participants participants) {
		this.topic = topic;
		this.context = context;
		this.participants = participants;
		this.marksAllowed = context.now();
	}

	/**
	 * Sets or clears the state of a connection.
	 */
	void set(Subscription subscription, @Nullable JsonText state, @Nullable Duration expireAfter) {
		LocalMember member = subscription.member;
		if (state == null || member == null) {
			this.participants.clearState(subscription);
			return;
		}
		this.participants.setState(subscription, new MemberState(member.key, state, this.context.store().stamp()));
		this.marks.add(subscription.connection.id());
		if (expireAfter != null) {
			StateExpiry expiry = new StateExpiry();
			subscription.stateExpiry = expiry;
			expiry.timer = this.context.scheduler().schedule(() -> this.topic.tell(() -> {
				if (subscription.stateExpiry == expiry) {
					set(subscription, null, null);
				}
			}), expireAfter);
		}
	}

	/**
	 * Sets the state that comes with a join.
	 */
	void setAtOnce(Subscription subscription, JsonText state, @Nullable Duration expireAfter) {
		set(subscription, state, expireAfter);
		markNow(subscription);
	}

	/**
	 * Takes the state of a connection aside that is about to have another key.
	 * @return the state, {@code null} if it has none
	 */
	@Nullable Kept keep(Subscription subscription) {
		MemberState state = subscription.state;
		if (state == null) {
			return null;
		}
		Kept kept = new Kept(state.state(), subscription.stateExpiry);
		subscription.stateExpiry = null;
		return kept;
	}

	/**
	 * Gives a connection back what was taken aside.
	 */
	void restore(Subscription subscription, Kept kept) {
		set(subscription, kept.state, null);
		subscription.stateExpiry = kept.expiry;
		markNow(subscription);
	}

	private void markNow(Subscription subscription) {
		this.marks.remove(subscription.connection.id());
		this.participants.markConnection(subscription.connection.id());
	}

	/**
	 * Marks what has changed, if the window allows it.
	 */
	void markDue(long now) {
		if (!this.marks.isEmpty() && this.marksAllowed <= now) {
			this.marks.forEach(this.participants::markConnection);
			this.marks.clear();
			this.marksAllowed = now + this.context.settings().stateFlushInterval().toNanos();
		}
	}

	/**
	 * Returns when {@link #markDue} should be called next.
	 */
	long nextMark() {
		return this.marks.isEmpty() ? Audience.NEVER : this.marksAllowed;
	}

	/**
	 * A state without its connection.
	 *
	 * @param state the state
	 * @param expiry when it clears itself
	 */
	record Kept(JsonText state, @Nullable StateExpiry expiry) {

		/**
		 * Drops the state, which another one replaces.
		 */
		void drop() {
			if (this.expiry != null) {
				this.expiry.cancel();
			}
		}

	}

}
