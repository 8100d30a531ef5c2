package io.presence;

/**
 * Chooses from the user data what others may see. Without one of the application's own,
 * everything is chosen whose name does not look sensitive.
 */
@FunctionalInterface
public interface PresenceSelector {

	/**
	 * Returns the public part of the user data. Called for each join and update, on the
	 * caller's thread. If it throws, or the result is no JSON object, that join fails and
	 * nothing changes.
	 * @param userData the user data of a connection
	 * @return what becomes a JSON object: a map, a record or a bean
	 */
	Object select(Object userData);

}
