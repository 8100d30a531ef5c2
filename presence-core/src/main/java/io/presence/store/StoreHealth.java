package io.presence.store;

import java.util.Map;

/**
 * How a store is.
 *
 * @param available whether the instances can see each other's members now
 * @param details what an operator wants to know, by name: plain JSON values
 */
public record StoreHealth(boolean available, Map<String, Object> details) {

}
