package io.presence;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * One key that is present in a topic, however many connections stand behind it.
 *
 * @param key what identifies the member in the topic; visible to everyone who may see the
 * roster
 * @param data the public data that the newest connection of the member brought, as plain
 * JSON values; unmodifiable
 * @param state the state that a connection of the member published last, as a plain JSON
 * value, or {@code null} if there is none
 */
public record PresenceMember(String key, Map<String, Object> data, @Nullable Object state) {

}
