package io.presence.spring.websocket;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PongMessage;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.WebSocketMessage;
import org.springframework.web.socket.WebSocketSession;

import io.presence.PresenceLimitExceededException;
import io.presence.engine.ClientSession;
import io.presence.engine.PresenceEngine;
import io.presence.spring.security.OpenLogins;
import io.presence.spring.websocket.HandshakeUsers.Resolved;
import io.presence.spring.websocket.InboundText.FrameTooLargeException;

/**
 * The endpoint: its sessions speak the whole protocol and nothing else. It takes frames
 * in parts, so that the container keeps no buffer of the size of the largest one.
 */
final class EndpointHandler implements WebSocketHandler {

	private static final Logger logger = LoggerFactory.getLogger(EndpointHandler.class);

	private static final String INBOUND = EndpointHandler.class.getName() + ".inbound";

	private final PresenceEngine engine;

	private final HandshakeUsers users;

	private final OpenLogins logins;

	private final SessionTransports transports;

	private final WebSocketSettings settings;

	EndpointHandler(PresenceEngine engine, HandshakeUsers users, OpenLogins logins, SessionTransports transports,
			WebSocketSettings settings) {
		this.engine = engine;
		this.users = users;
		this.logins = logins;
		this.transports = transports;
		this.settings = settings;
	}

	@Override
	public boolean supportsPartialMessages() {
		return true;
	}

	@Override
	public void afterConnectionEstablished(WebSocketSession session) {
		ContainerSession container = ContainerSession.of(session);
		if (container != null) {
			container.target().setMaxIdleTimeout(this.settings.idleTimeout().toMillis());
		}
		session.getAttributes().put(INBOUND, new InboundText(this.settings.maxFrameBytes()));
		Resolved resolved = this.users.resolved(session);
		SessionTransport transport = this.transports.open(session);
		ClientSession client;
		try {
			client = this.engine.open(transport, resolved.details());
		}
		catch (PresenceLimitExceededException ex) {
			transport.close(CloseStatus.SERVICE_OVERLOAD.getCode(), "Too many connections from this address");
			return;
		}
		PresenceSession.attach(session, client, transport, this.logins.opened(client, resolved.httpSession()));
	}

	@Override
	public void handleMessage(WebSocketSession session, WebSocketMessage<?> message) {
		PresenceSession presence = PresenceSession.of(session);
		InboundText inbound = (InboundText) session.getAttributes().get(INBOUND);
		if (presence == null || inbound == null) {
			return;
		}
		if (message instanceof TextMessage text) {
			receive(session, presence, inbound, text);
		}
		else if (message instanceof PongMessage) {
			presence.client().alive();
		}
		else {
			refuse(session, presence, CloseStatus.NOT_ACCEPTABLE.withReason("Binary frames are not accepted"));
		}
	}

	@Override
	public void handleTransportError(WebSocketSession session, Throwable exception) {
		logger.debug("The session {} failed", session.getId(), exception);
		PresenceSession presence = PresenceSession.of(session);
		if (presence != null) {
			presence.closed();
			presence.transport().close(CloseStatus.SERVER_ERROR.getCode(), "The link failed");
		}
	}

	@Override
	public void afterConnectionClosed(WebSocketSession session, CloseStatus status) {
		PresenceSession presence = PresenceSession.of(session);
		if (presence != null) {
			presence.closed();
		}
	}

	private void receive(WebSocketSession session, PresenceSession presence, InboundText inbound, TextMessage part) {
		String text;
		try {
			text = inbound.add(part);
		}
		catch (FrameTooLargeException ex) {
			refuse(session, presence, CloseStatus.TOO_BIG_TO_PROCESS
				.withReason("A frame may have at most " + this.settings.maxFrameBytes() + " bytes"));
			return;
		}
		if (text != null) {
			presence.client().receive(text);
		}
		else {
			presence.client().alive();
		}
	}

	private static void refuse(WebSocketSession session, PresenceSession presence, CloseStatus status) {
		session.getAttributes().remove(INBOUND);
		presence.client().reject(status.getCode(), (status.getReason() != null) ? status.getReason() : "");
	}

}
