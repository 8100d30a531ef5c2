package io.presence.protocol;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.presence.json.JsonText;

/**
 * A frame that a client sent, with everything checked that can be checked without knowing
 * what the connection has joined.
 */
public sealed interface ClientFrame {

	/**
	 * A topic of a {@link SubscribeBatch}: one answer each.
	 */
	sealed interface Element {

	}

	/**
	 * To join a topic, or only to observe it.
	 *
	 * @param topic the topic; {@linkplain SentTopic#prefixed() prefixed}: observe only
	 * @param ref the number that the answer repeats
	 * @param state the state to publish with the join
	 * @param expireAfter after how long the state clears itself, {@code null} for never
	 * @param observe whether one who joins also observes
	 * @param light whether heartbeats need no data
	 * @param position what the client has, {@code null} if nothing
	 */
	record Subscribe(SentTopic topic, @Nullable Long ref, @Nullable JsonText state, @Nullable Duration expireAfter,
			boolean observe, boolean light, @Nullable Position position) implements ClientFrame, Element {

		/**
		 * Tells whether this subscription only observes.
		 * @return whether the topic was sent with its prefix
		 */
		public boolean observeOnly() {
			return this.topic.prefixed();
		}

	}

	/**
	 * To join or observe several topics.
	 *
	 * @param elements the topics, at most {@value FrameReader#MAX_BATCH}
	 */
	record SubscribeBatch(List<Element> elements) implements ClientFrame {

		public SubscribeBatch {
			elements = List.copyOf(elements);
		}

	}

	/**
	 * A topic of a batch that is refused alone.
	 *
	 * @param code what was wrong with it
	 * @param answer the frame that answers it
	 */
	record Refused(ErrorCode code, String answer) implements Element {

	}

	/**
	 * To leave a topic; {@linkplain SentTopic#prefixed() prefixed}: to end the observing
	 * that was asked for.
	 *
	 * @param topic the topic
	 * @param ref the number that the answer repeats
	 */
	record Unsubscribe(SentTopic topic, @Nullable Long ref) implements ClientFrame {

	}

	/**
	 * To get the roster.
	 *
	 * @param topic the topic, with or without prefix
	 * @param position what the client has, {@code null} if nothing
	 */
	record Snapshot(SentTopic topic, @Nullable Position position) implements ClientFrame {

	}

	/**
	 * To publish, replace or clear the state of the connection.
	 *
	 * @param topic the topic, with or without prefix
	 * @param state the state, {@code null} to clear it
	 * @param expireAfter after how long the state clears itself, {@code null} for never
	 * @param ref the number that an error repeats
	 */
	record State(SentTopic topic, @Nullable JsonText state, @Nullable Duration expireAfter,
			@Nullable Long ref) implements ClientFrame {

	}

	/**
	 * To get a {@code pong}.
	 */
	enum Ping implements ClientFrame {

		/** The only value. */
		INSTANCE

	}

}
