package io.presence.spring.websocket;

import java.time.Duration;
import java.util.concurrent.Executor;

import org.jspecify.annotations.Nullable;

import org.springframework.web.socket.WebSocketSession;

/**
 * Opens the transports of sessions, each as its container needs it.
 */
final class SessionTransports {

	/** By then the engine has given up a connection that takes nothing. */
	private static final Duration MARGIN = Duration.ofSeconds(10);

	private final Executor executor;

	private final @Nullable SendingThreads sendingThreads;

	private final Duration sendTimeout;

	/**
	 * Creates the transports.
	 * @param executor runs what may wait for a link
	 * @param settings how sessions are treated
	 */
	SessionTransports(Executor executor, WebSocketSettings settings) {
		this.executor = executor;
		this.sendingThreads = settings.ownSendingThreads() ? new SendingThreads() : null;
		this.sendTimeout = settings.sendTimeout();
	}

	SessionTransport open(WebSocketSession session) {
		return new SessionTransport(session, sender(session), this.executor);
	}

	private FrameSender sender(WebSocketSession session) {
		FrameSender blocking = new BlockingFrameSender(session, this.executor);
		ContainerSession container = ContainerSession.of(session);
		if (container == null) {
			return blocking;
		}
		container.limitClosing();
		FrameSender async = new AsyncRemoteFrameSender(container.target(), blocking);
		if (this.sendingThreads != null && container.isTomcat()) {
			container.waitAtMost(ContainerSession.WORKER_TIMEOUT);
			return new PooledFrameSender(this.sendingThreads, session, container, async, this.sendTimeout.plus(MARGIN));
		}
		container.waitAtMost(this.sendTimeout);
		return async;
	}

}
