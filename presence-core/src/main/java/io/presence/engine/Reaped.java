package io.presence.engine;

import io.presence.PresenceEvent;
import io.presence.PresenceMember;
import io.presence.json.JsonText;
import io.presence.store.RosterChange;
import io.presence.store.RosterChange.Gone;

/**
 * Tells listeners of members that this instance removed for one that had died, in a topic
 * that it does not watch.
 */
final class Reaped {

	private Reaped() {
	}

	static void publish(RosterChange change, Listeners listeners) {
		if (!listeners.isListening()) {
			return;
		}
		for (RosterChange.MemberChange member : change.members()) {
			if (member instanceof Gone gone) {
				JsonText data = (gone.data() != null) ? gone.data() : JsonText.EMPTY_OBJECT;
				listeners.publish(new PresenceEvent.Left(change.topic(),
						new PresenceMember(gone.key(), data.toMap(), null), gone.reason(), gone.origin()));
			}
		}
	}

}
