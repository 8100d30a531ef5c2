package io.presence.store;

import java.time.Duration;
import java.util.Map;

/**
 * How a store is.
 *
 * @param available whether the instances can see each other's members now
 * @param away for how long they have not been able to, zero if they can
 * @param details what an operator wants to know, by name: plain JSON values
 */
public record StoreHealth(boolean available, Duration away, Map<String, Object> details) {

}
