package io.presence.engine;

import org.jspecify.annotations.Nullable;

import io.presence.PresenceAction;
import io.presence.PresenceException;
import io.presence.PresenceNotJoinedException;
import io.presence.protocol.ClientFrame;
import io.presence.protocol.ClientFrame.Ping;
import io.presence.protocol.ClientFrame.Refused;
import io.presence.protocol.ClientFrame.Snapshot;
import io.presence.protocol.ClientFrame.State;
import io.presence.protocol.ClientFrame.Subscribe;
import io.presence.protocol.ClientFrame.SubscribeBatch;
import io.presence.protocol.ClientFrame.Unsubscribe;
import io.presence.protocol.DenialReason;
import io.presence.protocol.ErrorCode;
import io.presence.protocol.FrameException;
import io.presence.protocol.FrameReader;
import io.presence.protocol.FrameWriter;
import io.presence.protocol.UnsubscribeReason;

/**
 * Does what the frames of clients ask for, as the protocol says, and asks the authorizer
 * on every path to a roster.
 */
final class ClientFrames {

	private final PresenceMetrics metrics;

	private final FrameReader reader;

	private final Access access;

	private final Participation participation;

	private final Revalidation revalidation;

	ClientFrames(EngineContext context, Access access, Participation participation, Revalidation revalidation) {
		this.metrics = context.metrics();
		this.reader = new FrameReader(context.limits().maxTopicLength(), context.limits().maxStateBytes());
		this.access = access;
		this.participation = participation;
		this.revalidation = revalidation;
	}

	/**
	 * Takes a frame that a connection has sent.
	 */
	void handle(ClientSession session, String text) {
		try {
			handle(session, this.reader.read(text));
		}
		catch (FrameException ex) {
			refused(session.handle(), ex.code(), ex.answer());
		}
	}

	private void handle(ClientSession session, ClientFrame frame) {
		Connection connection = session.handle();
		if (frame instanceof Subscribe subscribe) {
			subscribe(connection, subscribe);
		}
		else if (frame instanceof SubscribeBatch batch) {
			subscribe(session, batch);
		}
		else if (frame instanceof Unsubscribe unsubscribe) {
			unsubscribe(connection, unsubscribe);
		}
		else if (frame instanceof Snapshot snapshot) {
			snapshot(connection, snapshot);
		}
		else if (frame instanceof State state) {
			state(connection, state);
		}
		else if (frame instanceof Ping) {
			connection.answer(FrameWriter.pong());
		}
	}

	private void subscribe(ClientSession session, SubscribeBatch batch) {
		int allowed = 1 + session.admit(Math.max(0, batch.elements().size() - 1));
		for (ClientFrame.Element element : batch.elements()) {
			if (element instanceof Subscribe subscribe) {
				if (allowed-- > 0) {
					subscribe(session.handle(), subscribe);
				}
				else {
					session.answerRateLimited(subscribe.topic().sent(), subscribe.ref());
				}
			}
			else if (element instanceof Refused refused) {
				allowed--;
				refused(session.handle(), refused.code(), refused.answer());
			}
		}
	}

	private void subscribe(Connection connection, Subscribe frame) {
		String topic = frame.topic().name();
		long authority = this.revalidation.rounds();
		PresenceAction action = frame.observeOnly() ? PresenceAction.OBSERVE : PresenceAction.JOIN;
		if (!this.access.isAllowed(action, topic, connection)
				|| (frame.state() != null && !this.access.isAllowed(PresenceAction.STATE, topic, connection))) {
			SubscribeAnswer.deny(connection, frame, DenialReason.UNAUTHORIZED);
			return;
		}
		SubscribeAnswer answer = new SubscribeAnswer(connection, frame);
		JoinRequest.Kind kind = frame.observeOnly() ? JoinRequest.Kind.OBSERVE : JoinRequest.Kind.JOIN;
		JoinRequest request = new JoinRequest(kind, frame.topic().sent(), frame.state(), frame.expireAfter(),
				frame.observe(), frame.light(), frame.position(), answer);
		try {
			if (frame.observeOnly()) {
				this.participation.observe(connection, topic, request);
			}
			else {
				this.participation.join(connection, topic, request);
			}
		}
		catch (PresenceException ex) {
			answer.refused(ex);
		}
		if (this.revalidation.rounds() != authority) {
			this.revalidation.revalidate(connection);
		}
	}

	private void unsubscribe(Connection connection, Unsubscribe frame) {
		String sent = frame.topic().sent();
		Runnable answer = () -> connection.answer(FrameWriter.unsubscribed(sent, UnsubscribeReason.LEAVE, frame.ref()));
		if (frame.topic().prefixed()) {
			this.participation.unobserve(connection, frame.topic().name(), answer);
		}
		else {
			this.participation.leave(connection, frame.topic().name(), false, (joined) -> answer.run());
		}
	}

	private void snapshot(Connection connection, Snapshot frame) {
		String topic = frame.topic().name();
		Runnable notObserving = () -> error(connection, ErrorCode.NOT_OBSERVING,
				"The connection does not observe the topic", frame.topic().sent(), null);
		Subscription subscription = connection.retainExisting(topic);
		if (subscription == null) {
			notObserving.run();
			return;
		}
		if (!mayStillSee(connection, subscription)) {
			subscription.topic.abandon(subscription);
			error(connection, ErrorCode.UNAUTHORIZED, "The connection may not see the topic", frame.topic().sent(),
					null);
			return;
		}
		subscription.topic.snapshot(subscription, frame.position(), frame.topic().sent(), notObserving);
	}

	private boolean mayStillSee(Connection connection, Subscription subscription) {
		Topic topic = subscription.topic;
		return this.access.isAllowed(PresenceAction.OBSERVE, topic.name(), connection) || (topic.isJoined(subscription)
				&& this.access.isAllowed(PresenceAction.JOIN, topic.name(), connection));
	}

	private void state(Connection connection, State frame) {
		String topic = frame.topic().name();
		String sent = frame.topic().sent();
		if (!connection.isSubscribed(topic)) {
			error(connection, ErrorCode.NOT_JOINED, "The connection has not joined the topic", sent, frame.ref());
			return;
		}
		if (!this.access.isAllowed(PresenceAction.STATE, topic, connection)) {
			error(connection, ErrorCode.UNAUTHORIZED, "The connection may not publish a state in the topic", sent,
					frame.ref());
			return;
		}
		this.participation.state(connection, topic, frame.state(), frame.expireAfter(), new JoinRequest.Answer() {

			@Override
			public void accepted(@Nullable String key) {
			}

			@Override
			public void refused(PresenceException reason) {
				if (reason instanceof PresenceNotJoinedException) {
					error(connection, ErrorCode.NOT_JOINED, "The connection has not joined the topic", sent,
							frame.ref());
				}
			}

		});
	}

	private void error(Connection connection, ErrorCode code, String message, String topic, @Nullable Long ref) {
		refused(connection, code, FrameWriter.error(code, message, topic, ref));
	}

	private void refused(Connection connection, ErrorCode code, String frame) {
		this.metrics.frameRefused(code.code());
		connection.answer(frame);
	}

	/**
	 * Returns the key that the user data of a connection selects.
	 */
	@Nullable String userKey(Connection connection) {
		return this.revalidation.userKey(connection);
	}

	/**
	 * Makes a connection anonymous, because the login that it was opened with has ended,
	 * and asks the authorizer again what it may be as such.
	 */
	void loggedOut(Connection connection) {
		connection.forgetUser();
		this.revalidation.revalidate(connection);
		this.participation.update(connection, null);
	}

}
