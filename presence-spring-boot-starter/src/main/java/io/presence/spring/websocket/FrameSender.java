package io.presence.spring.websocket;

import org.springframework.web.socket.WebSocketMessage;

import io.presence.engine.PresenceTransport.SendCallback;

/**
 * Sends messages on one session, one at a time.
 */
interface FrameSender {

	/**
	 * Sends a message, without waiting.
	 * @param message the whole message
	 * @param callback called once, on any thread, also before this method returns
	 */
	void send(WebSocketMessage<?> message, SendCallback callback);

	/**
	 * Sends a message on this thread, which may wait.
	 * @param message the whole message
	 * @param callback called once, before this method returns
	 */
	void sendNow(WebSocketMessage<?> message, SendCallback callback);

	/**
	 * Learns that the session has closed: nothing needs to wait any more.
	 */
	default void closed() {
	}

}
