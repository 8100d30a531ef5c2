package io.presence.protocol;

/**
 * How far a client has followed a topic. Means something only to the instance that gave
 * it.
 *
 * @param epoch the epoch of the instance's watch of the topic
 * @param version the version in that epoch, 0 to 2^53 - 1
 */
public record Position(String epoch, long version) {

}
