package io.presence.engine;

import java.util.function.Supplier;

/**
 * Makes an engine whose ids repeat.
 */
public final class SeededEngine {

	private SeededEngine() {
	}

	/**
	 * Returns a builder.
	 * @param ids what gives ids of connections and epochs
	 * @return the builder
	 */
	public static PresenceEngineBuilder builder(Supplier<String> ids) {
		return PresenceEngine.builder().ids(ids);
	}

}
