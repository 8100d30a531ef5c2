package io.presence.engine;

import io.presence.PresenceAccessDeniedException;
import io.presence.json.Quoted;
import io.presence.protocol.TopicNames;

/**
 * Which names are topics, and how presence is tracked in them.
 */
final class TopicPolicy {

	private final TopicNames names;

	private final TopicRules rules;

	TopicPolicy(int maxTopicLength, TopicRules rules) {
		this.names = new TopicNames(maxTopicLength);
		this.rules = rules;
	}

	/**
	 * Refuses what is no name of a topic.
	 */
	void checkName(String topic) {
		this.names.check(topic);
	}

	boolean isTracked(String topic) {
		return this.rules.tracking(topic) != TopicRules.Tracking.DISABLED;
	}

	void refuseUntracked(String topic) {
		if (!isTracked(topic)) {
			throw new PresenceAccessDeniedException("Presence is not tracked in the topic " + Quoted.of(topic)
					+ ": enable it by a rule of presence.topics");
		}
	}

	/**
	 * Tells whether all connections of a key are one member of a topic.
	 */
	boolean isKeyed(String topic) {
		return this.rules.tracking(topic) == TopicRules.Tracking.BY_KEY;
	}

}
