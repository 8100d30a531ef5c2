package io.presence.store;

import java.util.List;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.json.JsonText;

/**
 * A change of a topic.
 *
 * @param topic the name of the topic
 * @param complete whether this is the whole roster: what is not in it is not there
 * @param members the members that came, changed or left, each key once
 * @param states the states that were set or cleared, each connection once; a member that
 * leaves takes its states with it, named or not
 */
public record RosterChange(String topic, boolean complete, List<MemberChange> members, List<StateChange> states) {

	/**
	 * A change of one member.
	 */
	public sealed interface MemberChange {

		/**
		 * Returns the key of the member.
		 * @return the key
		 */
		String key();

		/**
		 * Tells whether this instance caused the change.
		 * @return whether it did
		 */
		boolean origin();

	}

	/**
	 * A member is there.
	 *
	 * @param key the key
	 * @param data the data to show: that of the newest connection in the cluster
	 * @param elsewhere whether an instance other than this one holds the key
	 * @param origin whether this instance caused the change
	 */
	public record Present(String key, JsonText data, boolean elsewhere, boolean origin) implements MemberChange {

	}

	/**
	 * A member is no longer there.
	 *
	 * @param key the key
	 * @param data the last known data, {@code null} to mean what was told before
	 * @param reason why its last connection left
	 * @param origin whether this instance caused the change
	 */
	public record Gone(String key, @Nullable JsonText data, LeaveReason reason,
			boolean origin) implements MemberChange {

	}

	/**
	 * A change of the state of one connection.
	 *
	 * @param connectionId the id of the connection
	 * @param state the state, {@code null} if it was cleared
	 * @param origin whether this instance caused the change
	 */
	public record StateChange(String connectionId, @Nullable MemberState state, boolean origin) {

	}

}
