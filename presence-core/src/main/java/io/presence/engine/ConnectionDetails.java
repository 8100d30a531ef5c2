package io.presence.engine;

import java.security.Principal;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a new connection.
 *
 * @param user the user data, {@code null} if the user is anonymous
 * @param principal who is logged in, {@code null} if nobody is
 * @param remoteAddress the address of the client as text, {@code null} if it is unknown
 */
public record ConnectionDetails(@Nullable Object user, @Nullable Principal principal, @Nullable String remoteAddress) {

	/**
	 * Returns the details of a connection of which only the user is known.
	 * @param user the user data, {@code null} if the user is anonymous
	 * @return the details
	 */
	public static ConnectionDetails ofUser(@Nullable Object user) {
		return new ConnectionDetails(user, null, null);
	}

}
