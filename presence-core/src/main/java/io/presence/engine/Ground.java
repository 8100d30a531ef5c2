package io.presence.engine;

/**
 * Why a connection observes a topic.
 */
enum Ground {

	/** It has joined. */
	JOINED,

	/** It has asked. */
	ASKED;

	/**
	 * Returns a bit that no other ground has.
	 */
	int bit() {
		return 1 << ordinal();
	}

}
