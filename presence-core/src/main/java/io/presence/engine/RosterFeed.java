package io.presence.engine;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;

import io.presence.LeaveReason;
import io.presence.PresenceEvent;
import io.presence.json.JsonText;
import io.presence.store.MemberState;
import io.presence.store.RosterChange;
import io.presence.store.RosterChange.Gone;
import io.presence.store.RosterChange.MemberChange;
import io.presence.store.RosterChange.Present;
import io.presence.store.RosterChange.StateChange;

/**
 * Brings what the store tells of a topic into its roster, and tells listeners what that
 * changes.
 */
final class RosterFeed {

	private final String topic;

	private final RosterView view;

	private final Participants participants;

	private final Listeners listeners;

	private final Effects effects;

	RosterFeed(String topic, RosterView view, Participants participants, Listeners listeners, Effects effects) {
		this.topic = topic;
		this.view = view;
		this.participants = participants;
		this.listeners = listeners;
		this.effects = effects;
	}

	/**
	 * Takes a change.
	 * @param first whether the roster was not known before, so that who is in it has not
	 * just come
	 */
	void take(RosterChange change, boolean first) {
		if (change.complete()) {
			removeAllBut(change);
		}
		for (MemberChange member : change.members()) {
			if (member instanceof Present present) {
				apply(present, first);
			}
			else if (member instanceof Gone gone) {
				apply(gone);
			}
		}
		for (StateChange state : change.states()) {
			apply(state, first);
		}
	}

	private void removeAllBut(RosterChange change) {
		Set<String> keys = new HashSet<>();
		change.members().forEach((member) -> keys.add(member.key()));
		for (String key : new ArrayList<>(this.view.members().keySet())) {
			if (!keys.contains(key)) {
				apply(new Gone(key, null, LeaveReason.UNKNOWN, false));
			}
		}
		Set<String> connections = new HashSet<>();
		change.states().forEach((state) -> connections.add(state.connectionId()));
		for (String connectionId : this.view.statefulConnections()) {
			if (!connections.contains(connectionId)) {
				apply(new StateChange(connectionId, null, false), false);
			}
		}
	}

	private void apply(Gone gone) {
		JsonText before = this.view.data(gone.key());
		if (before != null) {
			JsonText last = (gone.data() != null) ? gone.data() : before;
			publish(() -> new PresenceEvent.Left(this.topic, this.view.member(gone.key(), last), gone.reason(),
					gone.origin()));
			this.view.remove(gone.key(), gone.reason());
		}
	}

	private void apply(Present present, boolean first) {
		LocalMember member = this.participants.member(present.key());
		JsonText before = this.view.put(present.key(), present.data(), present.elsewhere());
		boolean cameWithThisWatch = first && member != null && !member.held && !present.elsewhere();
		if (before == null && (!first || cameWithThisWatch)) {
			publish(() -> new PresenceEvent.Joined(this.topic, this.view.member(present.key(), present.data()),
					present.origin() || cameWithThisWatch));
		}
		else if (before != null && !before.equals(present.data())) {
			publish(() -> new PresenceEvent.Updated(this.topic, this.view.member(present.key(), present.data()),
					present.origin()));
		}
		if (member != null && member.lingering != null && present.elsewhere() && !member.yielding) {
			member.yielding = true;
			this.participants.markIfToldOtherwise(member);
		}
		if (member != null) {
			this.participants.markIfOutOfOrder(member, this.view);
		}
	}

	private void apply(StateChange change, boolean first) {
		MemberState before = this.view.state(change.connectionId());
		MemberState now = change.state();
		if (!this.view.putState(change.connectionId(), now) || first) {
			return;
		}
		String key = (now != null) ? now.key() : (before != null) ? before.key() : "";
		if (this.view.data(key) != null) {
			publish(() -> new PresenceEvent.StateChanged(this.topic, key, change.connectionId(),
					(now != null) ? now.state().toValue() : null, change.origin()));
		}
	}

	private void publish(Supplier<PresenceEvent> event) {
		if (this.listeners.isListening()) {
			PresenceEvent published = event.get();
			this.effects.add(() -> this.listeners.publish(published));
		}
	}

}
