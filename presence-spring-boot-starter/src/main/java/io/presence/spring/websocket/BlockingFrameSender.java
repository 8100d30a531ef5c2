package io.presence.spring.websocket;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;

import org.jspecify.annotations.Nullable;

import org.springframework.web.socket.WebSocketMessage;
import org.springframework.web.socket.WebSocketSession;

import io.presence.engine.PresenceTransport.SendCallback;

/**
 * Sends on a thread that can wait, for what a session cannot send otherwise.
 */
final class BlockingFrameSender implements FrameSender {

	private final WebSocketSession session;

	private final @Nullable ContainerSession container;

	private final Duration patience;

	private final Executor executor;

	/**
	 * Creates a sender.
	 * @param session the session
	 * @param container that of the container, if there is one
	 * @param patience how long the container may wait for the link
	 * @param executor runs what waits
	 */
	BlockingFrameSender(WebSocketSession session, @Nullable ContainerSession container, Duration patience,
			Executor executor) {
		this.session = session;
		this.container = container;
		this.patience = patience;
		this.executor = executor;
	}

	@Override
	public void send(WebSocketMessage<?> message, SendCallback callback) {
		this.executor.execute(() -> callback.done(sendNow(message)));
	}

	/**
	 * Sends on this thread.
	 * @param message the message
	 * @return why it was not sent, {@code null} if it was
	 */
	@Nullable Throwable sendNow(WebSocketMessage<?> message) {
		try {
			if (this.container == null) {
				this.session.sendMessage(message);
			}
			else {
				this.container.waitFor(this.patience);
				this.session.sendMessage(message);
				this.container.limitWaits();
			}
			return null;
		}
		catch (IOException | RuntimeException ex) {
			return ex;
		}
	}

}
