package io.presence;

import java.util.List;
import java.util.Map;

/**
 * The members of a topic at one moment.
 *
 * @param topic the name of the topic
 * @param members the members, in no particular order
 * @param count the number of members
 * @param version grows with every change; comparable only between answers that the same
 * instance gave about the same topic while it watched it
 * @param stale whether the store that is shared between the instances could not be asked,
 * so that members on other instances are as last known, or missing
 */
public record PresenceRoster(String topic, List<PresenceMember> members, int count, long version, boolean stale) {

	public PresenceRoster {
		members = List.copyOf(members);
	}

	/**
	 * Returns the public data of each member.
	 * @return the data, in the order of {@link #members()}
	 */
	public List<Map<String, Object>> data() {
		return this.members.stream().map(PresenceMember::data).toList();
	}

}
