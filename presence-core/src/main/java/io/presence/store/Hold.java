package io.presence.store;

import io.presence.LeaveReason;
import io.presence.json.JsonText;

/**
 * Whether an instance has at least one connection of a key in a topic.
 */
public sealed interface Hold {

	/**
	 * It has.
	 *
	 * @param data the data of the newest of its connections
	 * @param stamp when that connection joined or was updated, from
	 * {@link PresenceStore#stamp()}
	 * @param repeated whether the store has settled this hold before, so that a limit
	 * does not refuse it
	 * @param yielding whether its connections have gone and it lasts only for the grace
	 * time: where another instance holds the key for a connection, the store puts this
	 * hold behind that one, settles it as {@link Settlement#YIELDED}, and lets a member
	 * who leaves there or is kicked go at once, which settles it as
	 * {@link Settlement#RELEASED}
	 */
	record Held(JsonText data, long stamp, boolean repeated, boolean yielding) implements Hold {

	}

	/**
	 * It has not.
	 *
	 * @param reason why the last connection left, {@link LeaveReason#UNKNOWN} if there
	 * was none or it is long ago
	 */
	record Released(LeaveReason reason) implements Hold {

	}

}
