package io.presence.engine;

import java.util.concurrent.CompletionStage;

import io.presence.PresenceEvent;
import io.presence.PresenceMember;
import io.presence.json.JsonText;
import io.presence.store.PresenceStore.Kick;
import io.presence.store.RosterChange;
import io.presence.store.RosterChange.Gone;
import io.presence.store.Settlement;
import io.presence.store.StoreListener;

/**
 * Hears of the store, and tells those whom it concerns.
 */
final class StoreEar implements StoreListener {

	private final Topics topics;

	private final Listeners listeners;

	private final Kicks kicks;

	private final Revalidation revalidation;

	StoreEar(Topics topics, Listeners listeners, Kicks kicks, Revalidation revalidation) {
		this.topics = topics;
		this.listeners = listeners;
		this.kicks = kicks;
		this.revalidation = revalidation;
	}

	@Override
	public void changed(RosterChange change) {
		Topic topic = this.topics.find(change.topic());
		if (topic != null) {
			topic.changed(change);
		}
	}

	@Override
	public void settled(String topic, String key, Settlement settlement) {
		Topic own = this.topics.find(topic);
		if (own != null) {
			own.settled(key, settlement);
		}
	}

	/**
	 * Tells listeners of members that this instance removed for one that had died, in a
	 * topic that it does not watch.
	 */
	@Override
	public void reaped(RosterChange change) {
		if (!this.listeners.isListening()) {
			return;
		}
		for (RosterChange.MemberChange member : change.members()) {
			if (member instanceof Gone gone) {
				JsonText data = (gone.data() != null) ? gone.data() : JsonText.EMPTY_OBJECT;
				this.listeners.publish(new PresenceEvent.Left(change.topic(),
						new PresenceMember(gone.key(), data.toMap(), null), gone.reason(), gone.origin()));
			}
		}
	}

	@Override
	public CompletionStage<Integer> kicked(Kick kick) {
		return (kick.action() == Kick.Action.REVALIDATE) ? this.revalidation.revalidateHere(kick.key())
				: this.kicks.kickHere(kick);
	}

}
