package io.presence.spring.websocket;

import java.io.IOException;

import jakarta.websocket.SendHandler;
import jakarta.websocket.Session;
import org.jspecify.annotations.Nullable;

import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketMessage;

import io.presence.engine.PresenceTransport.SendCallback;

/**
 * Sends with the asynchronous remote of the servlet container, which has no asynchronous
 * pings: those are left to another sender.
 */
final class AsyncRemoteFrameSender implements FrameSender {

	private final Session session;

	private final FrameSender control;

	AsyncRemoteFrameSender(Session session, FrameSender control) {
		this.session = session;
		this.control = control;
	}

	@Override
	public void send(WebSocketMessage<?> message, SendCallback callback) {
		SendHandler handler = (result) -> callback.done(result.isOK() ? null : failure(result.getException()));
		if (message instanceof TextMessage text) {
			this.session.getAsyncRemote().sendText(text.getPayload(), handler);
		}
		else if (message instanceof BinaryMessage binary) {
			this.session.getAsyncRemote().sendBinary(binary.getPayload(), handler);
		}
		else {
			this.control.send(message, callback);
		}
	}

	@Override
	public void sendNow(WebSocketMessage<?> message, SendCallback callback) {
		this.control.sendNow(message, callback);
	}

	private static Throwable failure(@Nullable Throwable exception) {
		return (exception != null) ? exception : new IOException("The frame was not sent");
	}

}
