package io.presence.spring.websocket;

import java.io.IOException;
import java.util.concurrent.Executor;

import org.springframework.web.socket.WebSocketMessage;
import org.springframework.web.socket.WebSocketSession;

import io.presence.engine.PresenceTransport.SendCallback;

/**
 * Sends on a thread of an executor, for sessions that can only wait.
 */
final class BlockingFrameSender implements FrameSender {

	private final WebSocketSession session;

	private final Executor executor;

	BlockingFrameSender(WebSocketSession session, Executor executor) {
		this.session = session;
		this.executor = executor;
	}

	@Override
	public void send(WebSocketMessage<?> message, SendCallback callback) {
		this.executor.execute(() -> sendNow(message, callback));
	}

	@Override
	public void sendNow(WebSocketMessage<?> message, SendCallback callback) {
		Throwable failure = null;
		try {
			this.session.sendMessage(message);
		}
		catch (IOException | RuntimeException ex) {
			failure = ex;
		}
		callback.done(failure);
	}

}
