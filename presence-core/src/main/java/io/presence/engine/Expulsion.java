package io.presence.engine;

import java.util.ArrayList;
import java.util.List;

import io.presence.LeaveReason;
import io.presence.protocol.UnsubscribeReason;

/**
 * Ends what connections of this instance are in a topic against their will: because they
 * are kicked, or no longer may be it.
 */
final class Expulsion {

	private final String topic;

	private final Effects effects;

	private final Participants participants;

	private final Membership membership;

	private final Observers observers;

	private final States states;

	private final TopicUse use;

	Expulsion(String topic, Effects effects, Participants participants, Membership membership, Observers observers,
			States states, TopicUse use) {
		this.topic = topic;
		this.effects = effects;
		this.participants = participants;
		this.membership = membership;
		this.observers = observers;
		this.states = states;
		this.use = use;
	}

	/**
	 * Removes the connections of a key, also what lingers of it.
	 * @return those that were connected
	 */
	List<Connection> kick(String key, LeaveReason reason) {
		LocalMember member = this.participants.member(key);
		List<Connection> kicked = new ArrayList<>();
		if (member != null) {
			boolean lingering = member.lingering != null;
			for (Subscription tab : member.copyOfTabs()) {
				this.membership.depart(tab, reason);
				this.use.tidy(tab);
				if (!lingering) {
					kicked.add(tab.connection);
				}
			}
		}
		return kicked;
	}

	/**
	 * Ends what a connection may no longer be.
	 * @return whether it was anything of that
	 */
	boolean revoke(Subscription subscription, boolean mayJoin, boolean mayObserve, boolean mayPublish) {
		Connection connection = subscription.connection;
		boolean lost = false;
		if (!mayJoin && subscription.isJoined()) {
			this.membership.depart(subscription, LeaveReason.KICKED);
			this.effects.add(() -> connection.unsubscribed(this.topic, UnsubscribeReason.UNAUTHORIZED));
			lost = true;
		}
		if (!mayObserve && (this.observers.answerWaiting(subscription) || subscription.observesOn(Ground.ASKED))) {
			this.observers.stop(subscription, Ground.ASKED);
			this.effects.add(() -> connection.unobserved(this.topic, UnsubscribeReason.UNAUTHORIZED));
			lost = true;
		}
		if (!mayPublish && subscription.state != null) {
			this.states.set(subscription, null, null);
			lost = true;
		}
		return lost;
	}

}
