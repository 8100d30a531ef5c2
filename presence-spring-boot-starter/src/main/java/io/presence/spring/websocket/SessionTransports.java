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

	private final Duration patience;

	/**
	 * Creates the transports.
	 * @param executor runs what may wait for a link
	 * @param settings how sessions are treated
	 */
	SessionTransports(Executor executor, WebSocketSettings settings) {
		this.executor = executor;
		this.sendingThreads = settings.ownSendingThreads() ? new SendingThreads() : null;
		this.patience = settings.sendTimeout().plus(MARGIN);
	}

	SessionTransport open(WebSocketSession session) {
		ContainerSession container = ContainerSession.of(session);
		BlockingFrameSender blocking = new BlockingFrameSender(session, container, this.patience, this.executor);
		FrameSender sender = blocking;
		if (container != null) {
			container.limitWaits();
			sender = new AsyncRemoteFrameSender(container.target(), blocking);
			if (this.sendingThreads != null && container.isTomcat()) {
				sender = new PooledFrameSender(this.sendingThreads, container, blocking, sender);
			}
		}
		return new SessionTransport(session, sender, blocking, this.executor);
	}

}
