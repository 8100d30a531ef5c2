package io.presence;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * What to do besides joining a topic.
 */
public sealed interface JoinOption {

	/**
	 * Returns the option to publish a state with the join: others see both in one diff.
	 * @param state what becomes JSON
	 * @return the option
	 */
	static JoinOption state(Object state) {
		return new State(state, null);
	}

	/**
	 * Returns the option to publish a state with the join that clears itself.
	 * @param state what becomes JSON
	 * @param expireAfter after how long it clears itself, 1 ms to 24 hours
	 * @return the option
	 */
	static JoinOption state(Object state, Duration expireAfter) {
		return new State(state, expireAfter);
	}

	/**
	 * Returns the option not to observe: the connection gets one snapshot and no more
	 * presence frames of the topic, unless it has asked to observe.
	 * @return the option
	 */
	static JoinOption withoutObserving() {
		return WithoutObserving.INSTANCE;
	}

	/**
	 * A state to publish with the join.
	 *
	 * @param value what becomes JSON
	 * @param expireAfter after how long it clears itself, {@code null} for never
	 */
	record State(Object value, @Nullable Duration expireAfter) implements JoinOption {

	}

	/**
	 * Not to observe.
	 */
	enum WithoutObserving implements JoinOption {

		/** The only value. */
		INSTANCE

	}

}
