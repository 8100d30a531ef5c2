package io.presence.spring.websocket;

import org.springframework.web.socket.WebSocketMessage;

import io.presence.engine.PresenceTransport.SendCallback;

/**
 * Sends messages on one session, one at a time, without waiting.
 */
@FunctionalInterface
interface FrameSender {

	/**
	 * Sends a message.
	 * @param message the whole message
	 * @param callback called once, on any thread, also before this method returns
	 */
	void send(WebSocketMessage<?> message, SendCallback callback);

}
