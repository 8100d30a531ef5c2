package io.presence;

import java.security.Principal;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The application's handle on one client link: a WebSocket session, for example. Safe for
 * use by several threads. Two handles are equal only if they are the same object.
 */
public interface PresenceConnection {

	/**
	 * Returns the id of the connection.
	 * @return an id that is unique in the cluster, is never used twice and cannot be
	 * guessed
	 */
	String id();

	/**
	 * Returns what the application knows of the user. It is never sent anywhere: others
	 * see what a {@link PresenceSelector} makes of it.
	 * @return the user data, or {@code null} for an anonymous connection
	 */
	@Nullable Object user();

	/**
	 * Returns who is logged in.
	 * @return the principal, or {@code null} if nobody is
	 */
	@Nullable Principal principal();

	/**
	 * Tells whether the connection is open.
	 * @return {@code false} once it has begun to close
	 */
	boolean isOpen();

	/**
	 * Returns the names of the topics that the connection has joined.
	 * @return a copy of the names
	 */
	Set<String> topics();

}
