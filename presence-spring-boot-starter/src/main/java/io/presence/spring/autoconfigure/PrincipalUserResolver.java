package io.presence.spring.autoconfigure;

import java.security.Principal;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.presence.PresenceHandshake;
import io.presence.PresenceUserResolver;

/**
 * Takes the name of the principal, and nothing else of it, as id and name of the user.
 */
final class PrincipalUserResolver implements PresenceUserResolver {

	@Override
	public @Nullable Object resolve(PresenceHandshake handshake) {
		Principal principal = handshake.principal();
		return (principal != null) ? Map.of("id", principal.getName(), "name", principal.getName()) : null;
	}

}
