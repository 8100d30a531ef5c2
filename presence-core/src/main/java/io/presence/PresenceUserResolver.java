package io.presence;

import org.jspecify.annotations.Nullable;

/**
 * Tells who the user of a new connection is. Without one of the application's own, it is
 * the principal: {@code {id: name, name: name}}, and nothing else of it.
 */
@FunctionalInterface
public interface PresenceUserResolver {

	/**
	 * Returns the user data for a connection.
	 * @param handshake what the client asked for
	 * @return a map, record or bean, or {@code null} for an anonymous connection
	 * @throws PresenceAccessDeniedException to refuse the connection, answered 403
	 */
	@Nullable Object resolve(PresenceHandshake handshake);

}
