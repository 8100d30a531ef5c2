package io.presence.engine;

/**
 * What the engine counts. The methods are called on the paths that they count and return
 * at once. What can be read at any time is in {@link EngineStatistics}.
 */
public interface PresenceMetrics {

	/** Counts nothing. */
	PresenceMetrics NONE = new PresenceMetrics() {
	};

	/**
	 * A join took effect.
	 */
	default void joined() {
	}

	/**
	 * A join was undone before it took effect.
	 * @param reason why, such as {@code ws_closed}
	 */
	default void joinAborted(String reason) {
	}

	/**
	 * A limit refused something.
	 * @param property the property that sets the limit
	 */
	default void limitExceeded(String property) {
	}

	/**
	 * A client may not do what it asked for.
	 */
	default void denied() {
	}

	/**
	 * A frame of a client was answered with an error.
	 * @param code the code of the error
	 */
	default void frameRefused(String code) {
	}

	/**
	 * A diff was sent.
	 * @param receivers to how many connections
	 */
	default void diffSent(int receivers) {
	}

	/**
	 * Snapshots were sent.
	 * @param receivers to how many connections
	 */
	default void snapshotSent(int receivers) {
	}

	/**
	 * A connection did not keep up: its presence frames were dropped and it is owed
	 * snapshots.
	 */
	default void conflated() {
	}

	/**
	 * A listener threw.
	 */
	default void listenerFailed() {
	}

	/**
	 * A listener did not keep up and an event was dropped.
	 */
	default void eventDropped() {
	}

}
