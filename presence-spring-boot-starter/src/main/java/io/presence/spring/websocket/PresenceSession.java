package io.presence.spring.websocket;

import org.jspecify.annotations.Nullable;

import org.springframework.web.socket.WebSocketSession;

import io.presence.engine.ClientSession;

/**
 * What presence keeps with a session, and nowhere else: it is gone with the session.
 */
final class PresenceSession {

	private static final String ATTRIBUTE = PresenceSession.class.getName();

	private final ClientSession client;

	private final SessionTransport transport;

	private final Runnable whenClosed;

	private PresenceSession(ClientSession client, SessionTransport transport, Runnable whenClosed) {
		this.client = client;
		this.transport = transport;
		this.whenClosed = whenClosed;
	}

	static PresenceSession attach(WebSocketSession session, ClientSession client, SessionTransport transport,
			Runnable whenClosed) {
		PresenceSession attached = new PresenceSession(client, transport, whenClosed);
		session.getAttributes().put(ATTRIBUTE, attached);
		return attached;
	}

	static @Nullable PresenceSession of(WebSocketSession session) {
		return (PresenceSession) session.getAttributes().get(ATTRIBUTE);
	}

	ClientSession client() {
		return this.client;
	}

	SessionTransport transport() {
		return this.transport;
	}

	void closed() {
		this.transport.closed();
		this.client.closed();
		this.whenClosed.run();
	}

}
