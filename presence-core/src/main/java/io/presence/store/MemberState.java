package io.presence.store;

import io.presence.json.JsonText;

/**
 * The state that a connection published in a topic.
 *
 * @param key the key of the connection's member
 * @param state the state
 * @param n grows with each state that is set, from {@link PresenceStore#stamp()}
 */
public record MemberState(String key, JsonText state, long n) {

}
