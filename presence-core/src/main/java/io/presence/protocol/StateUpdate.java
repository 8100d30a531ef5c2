package io.presence.protocol;

import org.jspecify.annotations.Nullable;

import io.presence.json.JsonText;

/**
 * What a diff tells of the state of one connection.
 *
 * @param key the key of the connection's member
 * @param state the new state, {@code null} if it was cleared
 * @param n grows with each state that is set, 0 to 2^53 - 1
 */
public record StateUpdate(String key, @Nullable JsonText state, long n) {

}
