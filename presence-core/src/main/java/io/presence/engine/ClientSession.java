package io.presence.engine;

import java.time.Duration;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.PresenceConnection;
import io.presence.engine.PresenceTransport.SendCallback;
import io.presence.protocol.ErrorCode;
import io.presence.protocol.FrameReader;
import io.presence.protocol.FrameWriter;

/**
 * One client link: a transport tells it what arrives, and it is closed when its client is
 * silent, takes nothing or sends too much. What arrives must be told by one thread at a
 * time, in order; everything else can be called from any thread.
 */
public final class ClientSession {

	private static final int ABUSE = 1008;

	private static final int GOING_AWAY = 1001;

	private static final int RESTART = 1012;

	private static final int KICKED = 4403;

	private static final int PINGS_BEFORE_TIMEOUT = 4;

	private final EngineContext context;

	private final Sessions sessions;

	private final ClientFrames frames;

	private final PresenceTransport transport;

	private final boolean decorated;

	private final Connection connection;

	private final FrameRate rate;

	private final long openedAt;

	private volatile long heardAt;

	private volatile long pingedAt;

	private volatile boolean linkClosed;

	ClientSession(EngineContext context, Sessions sessions, ClientFrames frames, PresenceTransport transport,
			boolean decorated, Function<Outbox, Connection> connection) {
		this.context = context;
		this.sessions = sessions;
		this.frames = frames;
		this.transport = new SafeTransport(transport);
		this.decorated = decorated;
		this.rate = new FrameRate(context.limits().maxFramesPerSecond());
		this.openedAt = context.now();
		this.heardAt = this.openedAt;
		this.pingedAt = this.heardAt;
		this.connection = connection
			.apply(new Outbox(this.transport, context.scheduler(), context.limits().maxOutboundBytes(), new Link()));
	}

	/**
	 * Returns the application's handle on the connection.
	 * @return the connection
	 */
	public PresenceConnection connection() {
		return this.connection;
	}

	/**
	 * Returns the key that the user data selects.
	 * @return the key, {@code null} if there is none or none can be selected
	 */
	public @Nullable String userKey() {
		return this.frames.userKey(this.connection);
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
		this.frames.handle(this, text);
		return true;
	}

	/**
	 * Hears that the client is alive: a pong, or anything else that arrived.
	 */
	public void alive() {
		this.heardAt = this.context.now();
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
		this.linkClosed = true;
		this.sessions.closed(this);
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
			this.frames.loggedOut(this.connection);
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
		PresenceSettings settings = this.context.settings();
		this.connection.answer(FrameWriter.welcome(this.connection.id(), settings.heartbeat(), settings.maxAge(),
				settings.pingInterval(), settings.limits().maxStateBytes()));
	}

	void closeKicked() {
		this.connection.outbox().closeWhenDrained(KICKED, "Removed by the application");
		end(LeaveReason.KICKED);
	}

	void goodbye(Duration retryAfter) {
		this.connection.answer(FrameWriter.goodbye(retryAfter));
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
		PresenceSettings settings = this.context.settings();
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
		long timeout = this.context.settings().subscribeTimeout().toNanos();
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
			this.sessions.remove(this, this.decorated ? null : this.connection.remoteAddress());
			this.connection.outbox().closed();
		}
	}

	/**
	 * Counts frames that the client sends.
	 * @return how many of them are allowed
	 */
	int admit(int frames) {
		long now = this.context.now();
		int allowed = this.rate.allow(frames, now);
		if (this.rate.isAbuse()) {
			this.connection.outbox().closeWhenDrained(ABUSE, "Too many frames");
		}
		return allowed;
	}

	void answerRateLimited(@Nullable String topic, @Nullable Long ref) {
		this.context.metrics().frameRefused(ErrorCode.RATE_LIMITED.code());
		Duration retryAfter = Duration.ofNanos(this.rate.retryAfter(this.context.now()));
		this.connection.answer(FrameWriter.rateLimited(
				"At most " + this.context.limits().maxFramesPerSecond()
						+ " frames in a second: send less, or raise presence.limits.max-frames-per-second",
				retryAfter, topic, ref));
	}

	/**
	 * What becomes of the link.
	 */
	private final class Link implements Outbox.Owner {

		@Override
		public void conflated() {
			ClientSession.this.context.metrics().conflated();
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
			if (!ClientSession.this.context.isStopping()) {
				end(LeaveReason.DISCONNECT);
				return;
			}
			ClientSession.this.sessions.closing(ClientSession.this);
			if (ClientSession.this.linkClosed) {
				ClientSession.this.sessions.closed(ClientSession.this);
			}
			end(LeaveReason.SHUTDOWN);
		}

	}

}
