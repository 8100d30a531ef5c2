package io.presence.store;

import java.util.Collection;

import org.jspecify.annotations.Nullable;

/**
 * What is true of an instance's own connections at this moment. The instance answers from
 * memory, on any thread, without calling the store.
 */
public interface LocalHolds {

	/**
	 * Returns the hold of a key in a topic.
	 * @param topic the name of the topic
	 * @param key the key
	 * @return the hold, or that there is none and why
	 */
	Hold hold(String topic, String key);

	/**
	 * Returns the state of a connection in a topic.
	 * @param topic the name of the topic
	 * @param connectionId the id of the connection
	 * @return the state, {@code null} if there is none
	 */
	@Nullable MemberState state(String topic, String connectionId);

	/**
	 * Returns the names of the topics in which there are holds.
	 * @return a copy of the names
	 */
	Collection<String> topics();

	/**
	 * Returns the keys that are held in a topic.
	 * @param topic the name of the topic
	 * @return a copy of the keys
	 */
	Collection<String> keys(String topic);

	/**
	 * Returns the connections that have a state in a topic.
	 * @param topic the name of the topic
	 * @return a copy of their ids
	 */
	Collection<String> statefulConnections(String topic);

}
