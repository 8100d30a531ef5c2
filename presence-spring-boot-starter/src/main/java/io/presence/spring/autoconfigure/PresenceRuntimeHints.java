package io.presence.spring.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

import io.presence.PresenceMember;
import io.presence.PresenceRoster;

/**
 * Tells a native image what is read by name: the scripts of the Redis store, and the
 * types that controllers return.
 */
final class PresenceRuntimeHints implements RuntimeHintsRegistrar {

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		hints.resources().registerPattern("io/presence/redis/*.lua");
		new BindingReflectionHintsRegistrar().registerReflectionHints(hints.reflection(), PresenceRoster.class,
				PresenceMember.class);
	}

}
