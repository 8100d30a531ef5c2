package io.presence.engine;

import java.time.Duration;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.presence.PresenceException;
import io.presence.json.JsonText;
import io.presence.protocol.Position;

/**
 * What is asked of a topic for a connection that joins it, or only observes.
 *
 * @param kind what is asked
 * @param sent the topic as the client named it
 * @param state the state to publish with a join
 * @param expireAfter after how long the state clears itself
 * @param observe whether one who joins also observes
 * @param light whether heartbeats need no data
 * @param position what the client has, {@code null} if nothing
 * @param answer hears the outcome, in order with the frames of the topic, without any
 * lock
 */
record JoinRequest(Kind kind, String sent, @Nullable JsonText state, @Nullable Duration expireAfter, boolean observe,
		boolean light, @Nullable Position position, Answer answer) {

	/**
	 * Asks for other data in a topic.
	 */
	static JoinRequest update(String topic, Answer answer) {
		return new JoinRequest(Kind.UPDATE, topic, null, null, true, false, null, answer);
	}

	/**
	 * Asks to observe a topic.
	 */
	static JoinRequest observe(String topic, Answer answer) {
		return new JoinRequest(Kind.OBSERVE, topic, null, null, true, false, null, answer);
	}

	/**
	 * What is asked.
	 */
	enum Kind {

		/** To become a participant. */
		JOIN,

		/** To have other data as a participant. */
		UPDATE,

		/** To observe only. */
		OBSERVE

	}

	/**
	 * Hears the outcome. One of its methods is called, once.
	 */
	interface Answer {

		/**
		 * It took effect.
		 * @param key the key of the member, {@code null} if the connection only observes
		 */
		void accepted(@Nullable String key);

		/**
		 * It did not, and nothing of it remains.
		 * @param reason why
		 */
		void refused(PresenceException reason);

		/**
		 * Returns an answer made of two functions.
		 */
		static Answer of(Consumer<@Nullable String> whenAccepted, Consumer<PresenceException> whenRefused) {
			return new Answer() {

				@Override
				public void accepted(@Nullable String key) {
					whenAccepted.accept(key);
				}

				@Override
				public void refused(PresenceException reason) {
					whenRefused.accept(reason);
				}

			};
		}

	}

}
