package io.presence.sample;

import io.presence.PresenceHandshake;
import io.presence.PresenceUserResolver;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Believes what stands in the address: {@code /presence?user=ada&name=Ada}. <strong>For
 * the demonstration only</strong>: anybody can be anybody. An application with a login
 * needs no resolver, its users are known by their principal.
 */
@Component
class DemoUserResolver implements PresenceUserResolver {

	@Override
	public @Nullable Object resolve(PresenceHandshake handshake) {
		return DemoUser.of(handshake.parameter("user"), handshake.parameter("name"));
	}

}
