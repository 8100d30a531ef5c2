package io.presence.store;

import java.util.Map;

import io.presence.json.JsonText;

/**
 * A topic as it was read at one moment.
 *
 * @param members the data of each member, by key
 * @param states the states, by connection id
 * @param version grows with every change of the topic
 * @param stale whether the store could not be asked, and this is what the instance knows
 */
public record StoredRoster(Map<String, JsonText> members, Map<String, MemberState> states, long version,
		boolean stale) {

}
