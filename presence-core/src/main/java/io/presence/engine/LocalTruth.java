package io.presence.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.store.Hold;
import io.presence.store.LocalHolds;
import io.presence.store.MemberState;

/**
 * Tells the store what is true of this instance's connections.
 */
final class LocalTruth implements LocalHolds {

	private final Topics topics;

	LocalTruth(Topics topics) {
		this.topics = topics;
	}

	@Override
	public Hold hold(String topic, String key) {
		Topic own = this.topics.find(topic);
		return (own != null) ? own.hold(key) : new Hold.Released(LeaveReason.UNKNOWN);
	}

	@Override
	public @Nullable MemberState state(String topic, String connectionId) {
		Topic own = this.topics.find(topic);
		return (own != null) ? own.localState(connectionId) : null;
	}

	@Override
	public Collection<String> topics() {
		List<String> names = new ArrayList<>();
		for (Topic topic : this.topics.all()) {
			if (topic.holds() > 0) {
				names.add(topic.name());
			}
		}
		return names;
	}

	@Override
	public Collection<String> keys(String topic) {
		Topic own = this.topics.find(topic);
		return (own != null) ? own.keys() : List.of();
	}

	@Override
	public Collection<String> statefulConnections(String topic) {
		Topic own = this.topics.find(topic);
		return (own != null) ? own.statefulConnections() : List.of();
	}

}
