package io.presence.engine;

/**
 * Tells how presence is tracked in a topic.
 */
@FunctionalInterface
public interface TopicRules {

	/** Every topic is tracked by key. */
	TopicRules ALL_BY_KEY = (topic) -> Tracking.BY_KEY;

	/**
	 * Returns how a topic is tracked. The answer for a name never changes.
	 * @param topic the name of the topic
	 * @return how it is tracked
	 */
	Tracking tracking(String topic);

	/**
	 * How presence is tracked.
	 */
	enum Tracking {

		/** Not at all: joining and observing are refused. */
		DISABLED,

		/** All connections of a key are one member. */
		BY_KEY,

		/** Every connection is a member, its id the key. */
		BY_CONNECTION

	}

}
