package io.presence.engine;

import org.jspecify.annotations.Nullable;

import io.presence.PresenceAccessDeniedException;
import io.presence.PresenceConnectionClosedException;
import io.presence.PresenceDataException;
import io.presence.PresenceException;
import io.presence.PresenceLimitExceededException;
import io.presence.PresenceUnavailableException;
import io.presence.protocol.ClientFrame.Subscribe;
import io.presence.protocol.DenialReason;
import io.presence.protocol.FrameWriter;

/**
 * Answers a subscription of a client.
 *
 * @param connection the connection
 * @param frame what it asked for
 */
record SubscribeAnswer(Connection connection, Subscribe frame) implements JoinRequest.Answer {

	@Override
	public void accepted(@Nullable String key) {
		this.connection.answer(FrameWriter.subscribed(this.frame.topic().sent(), key, this.frame.ref()));
	}

	@Override
	public void refused(PresenceException reason) {
		if (!(reason instanceof PresenceConnectionClosedException)) {
			deny(this.connection, this.frame, denial(reason));
		}
	}

	static void deny(Connection connection, Subscribe frame, DenialReason reason) {
		connection.answer(FrameWriter.denied(frame.topic().sent(), reason, frame.ref()));
	}

	private static DenialReason denial(PresenceException reason) {
		if (reason instanceof PresenceLimitExceededException limit) {
			return limit.property().endsWith("max-data-bytes") ? DenialReason.INVALID_DATA : DenialReason.LIMIT;
		}
		if (reason instanceof PresenceDataException) {
			return DenialReason.INVALID_DATA;
		}
		if (reason instanceof PresenceUnavailableException) {
			return DenialReason.UNAVAILABLE;
		}
		if (reason instanceof PresenceAccessDeniedException) {
			return DenialReason.UNAUTHORIZED;
		}
		return DenialReason.INVALID_TOPIC;
	}

}
