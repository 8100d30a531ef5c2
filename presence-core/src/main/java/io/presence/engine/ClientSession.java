package io.presence.engine;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.PresenceAccessDeniedException;
import io.presence.PresenceAction;
import io.presence.PresenceConnection;
import io.presence.PresenceConnectionClosedException;
import io.presence.PresenceDataException;
import io.presence.PresenceException;
import io.presence.PresenceLimitExceededException;
import io.presence.PresenceNotJoinedException;
import io.presence.PresenceUnavailableException;
import io.presence.engine.PresenceTransport.SendCallback;
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
 * One client link: a transport tells it what arrives, it answers as the protocol says,
 * and asks the authorizer on every path to a roster. What arrives must be told by one
 * thread at a time, in order; everything else can be called from any thread.
 */
public final class ClientSession {

	private static final int ABUSE = 1008;

	private static final int GOING_AWAY = 1001;

	private static final int RESTART = 1012;

	private static final int KICKED = 4403;

	private static final int PINGS_BEFORE_TIMEOUT = 4;

	private final PresenceEngine engine;

	private final PresenceTransport transport;

	private final boolean decorated;

	private final Connection connection;

	private final FrameReader reader;

	private final FrameRate rate;

	private final long openedAt;

	private volatile long heardAt;

	private volatile long pingedAt;

	ClientSession(PresenceEngine engine, String id, PresenceTransport transport, ConnectionDetails details,
			boolean decorated) {
		this.engine = engine;
		this.transport = transport;
		this.decorated = decorated;
		this.reader = engine.frameReader();
		this.rate = new FrameRate(engine.limits().maxFramesPerSecond());
		this.openedAt = engine.now();
		this.heardAt = this.openedAt;
		this.pingedAt = this.heardAt;
		Outbox outbox = new Outbox(transport, engine.scheduler(), engine.limits().maxOutboundBytes(), new Link());
		this.connection = new Connection(engine, id, details, outbox);
	}

	/**
	 * Returns the application's handle on the connection.
	 * @return the connection
	 */
	public PresenceConnection connection() {
		return this.connection;
	}

	Connection handle() {
		return this.connection;
	}

	/**
	 * Takes a text frame.
	 * @param text the text
	 * @return {@code false} if it is none of presence, so that the application's own
	 * handler should have it; never for a session that speaks the whole protocol
	 */
	public boolean receive(String text) {
		alive();
		if (this.decorated && !FrameReader.isPresenceFrame(text)) {
			return false;
		}
		if (!this.connection.isOpen()) {
			return true;
		}
		if (admit(1) == 0) {
			answerRateLimited(null, null);
			return true;
		}
		try {
			handle(this.reader.read(text));
		}
		catch (FrameException ex) {
			refused(ex.code(), ex.answer());
		}
		return true;
	}

	/**
	 * Hears that the client is alive: a pong, or anything else that arrived.
	 */
	public void alive() {
		this.heardAt = this.engine.now();
	}

	/**
	 * Sends a frame of the application to the client, in order with those of presence.
	 * @param text the text
	 * @param callback hears when it has left
	 */
	public void send(String text, SendCallback callback) {
		this.connection.outbox().control(Frame.of(text), callback);
	}

	/**
	 * Hears that the link is closed. The connection leaves all its topics.
	 */
	public void closed() {
		end(LeaveReason.DISCONNECT);
	}

	/**
	 * Hears that the login has ended that the link was opened with: its user logged out,
	 * or the session of the user ended. The connection goes on as an anonymous one and
	 * keeps only what the authorizer allows such a one, as after
	 * {@link io.presence.PresenceService#revalidate}. Does nothing if nobody was logged
	 * in.
	 */
	public void loggedOut() {
		if (this.connection.principal() != null) {
			this.engine.forgetUser(this.connection);
		}
	}

	/**
	 * Closes the link because the client does what it must not.
	 * @param code the close code
	 * @param reason a short text
	 */
	public void reject(int code, String reason) {
		this.connection.outbox().closeWhenDrained(code, reason);
	}

	void welcome() {
		PresenceSettings settings = this.engine.settings();
		answer(FrameWriter.welcome(this.connection.id(), settings.heartbeat(), settings.maxAge(),
				settings.pingInterval(), settings.limits().maxStateBytes()));
	}

	void closeKicked() {
		this.connection.outbox().closeWhenDrained(KICKED, "Removed by the application");
		end(LeaveReason.KICKED);
	}

	void goodbye(Duration retryAfter) {
		answer(FrameWriter.goodbye(retryAfter));
		this.connection.outbox().closeWhenDrained(RESTART, "Shutting down");
	}

	/**
	 * Closes the link at once.
	 */
	void abandon() {
		end(LeaveReason.SHUTDOWN);
		this.transport.close(GOING_AWAY, "Shutting down");
	}

	/**
	 * Pings the client if it is time, and gives it up if it is silent or takes nothing.
	 */
	void check(long now) {
		PresenceSettings settings = this.engine.settings();
		long pingInterval = settings.pingInterval().toNanos();
		long sendTimeout = settings.sendTimeout().toNanos();
		boolean stuck = sendTimeout > 0 && this.connection.outbox().sendingFor(now) > sendTimeout;
		boolean silent = pingInterval > 0 && now - this.heardAt > pingInterval + settings.pongTimeout().toNanos();
		if (stuck || silent) {
			end(LeaveReason.TIMEOUT);
			this.transport.close(GOING_AWAY, stuck ? "The client takes nothing" : "The client does not answer");
		}
		else if (isUnused(now)) {
			this.connection.outbox().closeWhenDrained(GOING_AWAY, "Nothing was subscribed to");
		}
		else if (pingInterval > 0 && isPingDue(now, settings)) {
			this.pingedAt = now;
			this.transport.ping();
		}
	}

	/**
	 * Tells whether to ping: a while after the last sign of life, and then again several
	 * times, as a ping may not have left.
	 */
	private boolean isPingDue(long now, PresenceSettings settings) {
		boolean unanswered = this.pingedAt - this.heardAt > 0;
		return unanswered ? now - this.pingedAt >= settings.pongTimeout().toNanos() / PINGS_BEFORE_TIMEOUT
				: now - this.heardAt >= settings.pingInterval().toNanos();
	}

	private boolean isUnused(long now) {
		long timeout = this.engine.settings().subscribeTimeout().toNanos();
		return timeout > 0 && now - this.openedAt > timeout && !this.decorated && !this.connection.hasSubscribed();
	}

	/**
	 * Ends the connection. The link of one that was kicked is watched until what it is
	 * still to be told has left, or it turns out to take nothing.
	 */
	private void end(LeaveReason reason) {
		for (Subscription subscription : this.connection.close(reason)) {
			subscription.topic.closed(subscription);
		}
		if (reason != LeaveReason.KICKED) {
			this.engine.forget(this, this.decorated ? null : this.connection.remoteAddress());
			this.connection.outbox().closed();
		}
	}

	private void handle(ClientFrame frame) {
		if (frame instanceof Subscribe subscribe) {
			subscribe(subscribe);
		}
		else if (frame instanceof SubscribeBatch batch) {
			subscribe(batch);
		}
		else if (frame instanceof Unsubscribe unsubscribe) {
			unsubscribe(unsubscribe);
		}
		else if (frame instanceof Snapshot snapshot) {
			snapshot(snapshot);
		}
		else if (frame instanceof State state) {
			state(state);
		}
		else if (frame instanceof Ping) {
			answer(FrameWriter.pong());
		}
	}

	private void subscribe(SubscribeBatch batch) {
		int allowed = 1 + admit(Math.max(0, batch.elements().size() - 1));
		for (ClientFrame.Element element : batch.elements()) {
			if (element instanceof Subscribe subscribe) {
				if (allowed-- > 0) {
					subscribe(subscribe);
				}
				else {
					answerRateLimited(subscribe.topic().sent(), subscribe.ref());
				}
			}
			else if (element instanceof Refused refused) {
				allowed--;
				refused(refused.code(), refused.answer());
			}
		}
	}

	private void subscribe(Subscribe frame) {
		String topic = frame.topic().name();
		long authority = this.engine.authority();
		PresenceAction action = frame.observeOnly() ? PresenceAction.OBSERVE : PresenceAction.JOIN;
		if (!this.engine.isAllowed(action, topic, this.connection)
				|| (frame.state() != null && !this.engine.isAllowed(PresenceAction.STATE, topic, this.connection))) {
			deny(frame, DenialReason.UNAUTHORIZED);
			return;
		}
		JoinRequest.Kind kind = frame.observeOnly() ? JoinRequest.Kind.OBSERVE : JoinRequest.Kind.JOIN;
		JoinRequest request = new JoinRequest(kind, frame.topic().sent(), frame.state(), frame.expireAfter(),
				frame.observe(), frame.light(), frame.position(), new SubscribeAnswer(frame));
		try {
			if (frame.observeOnly()) {
				this.engine.observe(this.connection, topic, request);
			}
			else {
				this.engine.join(this.connection, topic, request);
			}
		}
		catch (PresenceException ex) {
			request.answer().refused(ex);
		}
		if (this.engine.authority() != authority) {
			this.engine.revalidate(this.connection);
		}
	}

	private void unsubscribe(Unsubscribe frame) {
		String sent = frame.topic().sent();
		Runnable answer = () -> answer(FrameWriter.unsubscribed(sent, UnsubscribeReason.LEAVE, frame.ref()));
		if (frame.topic().prefixed()) {
			this.engine.unobserve(this.connection, frame.topic().name(), answer);
		}
		else {
			this.engine.leave(this.connection, frame.topic().name(), false, (joined) -> answer.run());
		}
	}

	private void snapshot(Snapshot frame) {
		String topic = frame.topic().name();
		Runnable notObserving = () -> error(ErrorCode.NOT_OBSERVING, "The connection does not observe the topic",
				frame.topic().sent(), null);
		Subscription subscription = this.connection.retainExisting(topic);
		if (subscription == null) {
			notObserving.run();
			return;
		}
		if (!mayStillSee(subscription)) {
			this.connection.release(subscription);
			error(ErrorCode.UNAUTHORIZED, "The connection may not see the topic", frame.topic().sent(), null);
			return;
		}
		subscription.topic.snapshot(subscription, frame.position(), frame.topic().sent(), notObserving);
	}

	private boolean mayStillSee(Subscription subscription) {
		Topic topic = subscription.topic;
		return this.engine.isAllowed(PresenceAction.OBSERVE, topic.name(), this.connection)
				|| (topic.isJoined(subscription)
						&& this.engine.isAllowed(PresenceAction.JOIN, topic.name(), this.connection));
	}

	private void state(State frame) {
		String topic = frame.topic().name();
		String sent = frame.topic().sent();
		Subscription subscription = this.connection.retainExisting(topic);
		if (subscription == null) {
			error(ErrorCode.NOT_JOINED, "The connection has not joined the topic", sent, frame.ref());
			return;
		}
		this.connection.release(subscription);
		if (!this.engine.isAllowed(PresenceAction.STATE, topic, this.connection)) {
			error(ErrorCode.UNAUTHORIZED, "The connection may not publish a state in the topic", sent, frame.ref());
			return;
		}
		this.engine.state(this.connection, topic, frame.state(), frame.expireAfter(), new JoinRequest.Answer() {

			@Override
			public void accepted(@Nullable String key) {
			}

			@Override
			public void refused(PresenceException reason) {
				if (reason instanceof PresenceNotJoinedException) {
					error(ErrorCode.NOT_JOINED, "The connection has not joined the topic", sent, frame.ref());
				}
			}

		});
	}

	private int admit(int frames) {
		long now = this.engine.now();
		int allowed = this.rate.allow(frames, now);
		if (this.rate.isAbuse()) {
			this.connection.outbox().closeWhenDrained(ABUSE, "Too many frames");
		}
		return allowed;
	}

	private void answerRateLimited(@Nullable String topic, @Nullable Long ref) {
		this.engine.metrics().frameRefused(ErrorCode.RATE_LIMITED.code());
		Duration retryAfter = Duration.ofNanos(this.rate.retryAfter(this.engine.now()));
		answer(FrameWriter.rateLimited(
				"At most " + this.engine.limits().maxFramesPerSecond()
						+ " frames in a second: send less, or raise presence.limits.max-frames-per-second",
				retryAfter, topic, ref));
	}

	private void deny(Subscribe frame, DenialReason reason) {
		answer(FrameWriter.denied(frame.topic().sent(), reason, frame.ref()));
	}

	private void error(ErrorCode code, String message, String topic, @Nullable Long ref) {
		refused(code, FrameWriter.error(code, message, topic, ref));
	}

	private void refused(ErrorCode code, String frame) {
		this.engine.metrics().frameRefused(code.code());
		answer(frame);
	}

	private void answer(String frame) {
		this.connection.outbox().control(Frame.of(frame), null);
	}

	/**
	 * Answers a subscription.
	 */
	private final class SubscribeAnswer implements JoinRequest.Answer {

		private final Subscribe frame;

		SubscribeAnswer(Subscribe frame) {
			this.frame = frame;
		}

		@Override
		public void accepted(@Nullable String key) {
			answer(FrameWriter.subscribed(this.frame.topic().sent(), key, this.frame.ref()));
		}

		@Override
		public void refused(PresenceException reason) {
			if (!(reason instanceof PresenceConnectionClosedException)) {
				deny(this.frame, denial(reason));
			}
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

	/**
	 * What becomes of the link.
	 */
	private final class Link implements Outbox.Owner {

		@Override
		public void conflated() {
			ClientSession.this.engine.metrics().conflated();
		}

		@Override
		public void overwhelmed() {
			end(LeaveReason.TIMEOUT);
			ClientSession.this.transport.close(ABUSE, "Too much waits for the client");
		}

		@Override
		public void sendFailed() {
			end(LeaveReason.DISCONNECT);
			ClientSession.this.transport.close(GOING_AWAY, "A frame could not be sent");
		}

		@Override
		public void drained() {
			end(ClientSession.this.engine.isStopping() ? LeaveReason.SHUTDOWN : LeaveReason.DISCONNECT);
		}

	}

}
