package io.presence.engine;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.PresenceException;
import io.presence.engine.LocalMember.Former;
import io.presence.engine.LocalMember.PendingJoin;
import io.presence.engine.States.Kept;
import io.presence.json.Quoted;
import io.presence.protocol.UnsubscribeReason;
import io.presence.store.Settlement;

/**
 * What follows from the answers of the store to the holds of a topic.
 */
final class Settling {

	private static final String MAX_MEMBERS_PER_TOPIC = "presence.limits.max-members-per-topic";

	private final String topic;

	private final EngineContext context;

	private final Effects effects;

	private final Participants participants;

	private final States states;

	private final Membership membership;

	private final Observers observers;

	private final Answers answers;

	private final TopicUse use;

	Settling(String topic, EngineContext context, Effects effects, Participants participants, States states,
			Membership membership, Observers observers, Answers answers, TopicUse use) {
		this.topic = topic;
		this.context = context;
		this.effects = effects;
		this.participants = participants;
		this.states = states;
		this.membership = membership;
		this.observers = observers;
		this.answers = answers;
		this.use = use;
	}

	void settled(String key, Settlement settlement) {
		LocalMember member = this.participants.member(key);
		if (member != null && member.told != null) {
			settle(member, settlement);
		}
		if (settlement == Settlement.RELEASED || member != null) {
			this.participants.takeSettledRelease(key).forEach(this.effects::add);
		}
	}

	private void settle(LocalMember member, Settlement settlement) {
		if (settlement == Settlement.REFUSED) {
			if (!member.held) {
				refuseNewMember(member);
			}
			return;
		}
		boolean lingers = member.lingering != null;
		if (settlement == Settlement.RELEASED && lingers) {
			this.participants.forget(member, LeaveReason.UNKNOWN).forEach(this.use::tidy);
			return;
		}
		if (settlement == Settlement.YIELDED && lingers) {
			member.copyOfTabs().forEach(this.participants::clearState);
		}
		member.held = settlement != Settlement.RELEASED;
		this.membership.acceptSettled(member);
	}

	/**
	 * Refuses all who wait to be this member. Those who had another key have it again.
	 */
	private void refuseNewMember(LocalMember member) {
		PresenceException reason = this.context.limitExceeded(MAX_MEMBERS_PER_TOPIC,
				"The topic " + Quoted.of(this.topic) + " has as many members as " + MAX_MEMBERS_PER_TOPIC + " allows");
		Map<Subscription, Former> formers = new HashMap<>();
		Set<Subscription> answered = new HashSet<>();
		for (PendingJoin join : member.takePending()) {
			this.answers.refuse(join.request(), reason);
			if (join.request().kind() == JoinRequest.Kind.JOIN) {
				answered.add(join.tab());
			}
			if (join.former() != null && join.tab().connection.isOpen()) {
				formers.put(join.tab(), join.former());
			}
		}
		List<Returning> back = formers.entrySet()
			.stream()
			.map((entry) -> new Returning(entry.getKey(), entry.getValue(), this.states.keep(entry.getKey())))
			.toList();
		List<Subscription> tabs = this.participants.forget(member, LeaveReason.UNKNOWN);
		back.forEach((tab) -> this.membership.goBack(tab.subscription, tab.former, tab.kept));
		tabs.removeAll(formers.keySet());
		tabs.forEach((tab) -> dismiss(tab, answered.contains(tab)));
	}

	private void dismiss(Subscription tab, boolean answered) {
		if (!answered) {
			this.effects.add(() -> tab.connection.unsubscribed(this.topic, UnsubscribeReason.LEAVE));
		}
		this.observers.stop(tab, Ground.JOINED);
		this.use.tidy(tab);
	}

	/**
	 * A connection that has the key again that it had before.
	 *
	 * @param subscription the connection in the topic
	 * @param former what it was before
	 * @param kept its state, {@code null} if it has none
	 */
	private record Returning(Subscription subscription, Former former, @Nullable Kept kept) {

	}

}
