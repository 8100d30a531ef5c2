package io.presence.privacy;

import io.presence.json.JsonText;
import org.jspecify.annotations.Nullable;

/**
 * What others may see of a connection's user.
 *
 * @param key the key of the member, already escaped, or {@code null} if the data names
 * none
 * @param data a JSON object
 */
public record Selected(@Nullable String key, JsonText data) {
}
