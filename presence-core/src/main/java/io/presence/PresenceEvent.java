package io.presence;

import org.jspecify.annotations.Nullable;

/**
 * Something that happened in a topic, as one instance came to know it. Each instance
 * tells its listeners of the topics that it watches, in order for each topic.
 */
public sealed interface PresenceEvent {

	/**
	 * Returns the name of the topic.
	 * @return the name
	 */
	String topic();

	/**
	 * Returns the key of the member that it happened to.
	 * @return the key
	 */
	String key();

	/**
	 * Tells whether this instance caused the event: by a connection of its own, or
	 * because it found that another instance had died. It is {@code true} on one instance
	 * only, so that what must be done once for all can be done there; it is lost if that
	 * instance dies first.
	 * @return whether this instance caused it
	 */
	boolean origin();

	/**
	 * Somebody came who was not there.
	 *
	 * @param topic the name of the topic
	 * @param member the member
	 * @param origin see {@link PresenceEvent#origin()}
	 */
	record Joined(String topic, PresenceMember member, boolean origin) implements PresenceEvent {

		@Override
		public String key() {
			return this.member.key();
		}

	}

	/**
	 * The data of somebody who is there changed.
	 *
	 * @param topic the name of the topic
	 * @param member the member with the new data
	 * @param origin see {@link PresenceEvent#origin()}
	 */
	record Updated(String topic, PresenceMember member, boolean origin) implements PresenceEvent {

		@Override
		public String key() {
			return this.member.key();
		}

	}

	/**
	 * The last connection of somebody departed.
	 *
	 * @param topic the name of the topic
	 * @param member the member with the last known data
	 * @param reason why it departed
	 * @param origin see {@link PresenceEvent#origin()}
	 */
	record Left(String topic, PresenceMember member, LeaveReason reason, boolean origin) implements PresenceEvent {

		@Override
		public String key() {
			return this.member.key();
		}

	}

	/**
	 * A connection of somebody who is there published another state or cleared it. There
	 * is none for a state that goes because its member leaves.
	 *
	 * @param topic the name of the topic
	 * @param key the key of the member
	 * @param connectionId the id of the connection whose state it is
	 * @param state the state as a plain JSON value, {@code null} if it was cleared
	 * @param origin see {@link PresenceEvent#origin()}
	 */
	record StateChanged(String topic, String key, String connectionId, @Nullable Object state,
			boolean origin) implements PresenceEvent {

	}

}
