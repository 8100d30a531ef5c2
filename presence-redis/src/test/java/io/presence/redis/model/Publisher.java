package io.presence.redis.model;

/**
 * Hears of what scripts publish. Text is bytes: each {@code char} is one byte.
 */
@FunctionalInterface
public interface Publisher {

	/**
	 * Takes a message, in the order in which a server would send it.
	 * @param sharded whether it is published with {@code SPUBLISH}
	 * @param channel the channel
	 * @param message the message
	 */
	void publish(boolean sharded, String channel, String message);

}
