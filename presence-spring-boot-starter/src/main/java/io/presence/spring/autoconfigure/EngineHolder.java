package io.presence.spring.autoconfigure;

import io.presence.engine.PresenceEngine;

/**
 * Keeps the engine out of the beans: an application that replaces the one
 * {@link io.presence.PresenceService} among them, by a mock for example, finds no second
 * candidate.
 *
 * @param engine the engine
 */
record EngineHolder(PresenceEngine engine) implements AutoCloseable {

	@Override
	public void close() {
		this.engine.close();
	}

}
