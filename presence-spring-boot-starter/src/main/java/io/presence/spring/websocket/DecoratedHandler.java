package io.presence.spring.websocket;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.WebSocketMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.handler.WebSocketHandlerDecorator;

import io.presence.PresenceAccessDeniedException;
import io.presence.engine.ClientSession;
import io.presence.engine.PresenceEngine;
import io.presence.protocol.FrameReader;
import io.presence.spring.security.OpenLogins;
import io.presence.spring.websocket.HandshakeUsers.Resolved;

/**
 * A handler of the application, plus presence. Presence takes the frames of types
 * {@code presence-…} and those on {@code __presence:} topics; all others reach the
 * handler. A frame that a handler with support for partial messages gets in several parts
 * reaches it, whatever it says.
 */
final class DecoratedHandler extends WebSocketHandlerDecorator {

	private static final Logger logger = LoggerFactory.getLogger(DecoratedHandler.class);

	private static final CloseStatus DENIED = new CloseStatus(4403, "Denied");

	private static final String SESSION = DecoratedHandler.class.getName() + ".session";

	private static final String PARTIAL = DecoratedHandler.class.getName() + ".partial";

	private final PresenceEngine engine;

	private final HandshakeUsers users;

	private final OpenLogins logins;

	private final SessionTransports transports;

	private final WebSocketSettings settings;

	DecoratedHandler(WebSocketHandler delegate, PresenceEngine engine, HandshakeUsers users, OpenLogins logins,
			SessionTransports transports, WebSocketSettings settings) {
		super(delegate);
		this.engine = engine;
		this.users = users;
		this.logins = logins;
		this.transports = transports;
		this.settings = settings;
	}

	@Override
	public void afterConnectionEstablished(WebSocketSession session) throws Exception {
		Resolved resolved;
		try {
			resolved = this.users.resolved(session);
		}
		catch (PresenceAccessDeniedException ex) {
			logger.debug("The session {} is refused", session.getId(), ex);
			session.close(DENIED);
			return;
		}
		SessionTransport transport = this.transports.open(session);
		ClientSession client = this.engine.openDecorated(transport, resolved.details());
		PresenceSession.attach(session, client, transport, this.logins.opened(client, resolved.httpSession()));
		WebSocketSession decorated = new ConcurrentSession(session, client, transport, this.settings);
		session.getAttributes().put(SESSION, decorated);
		super.afterConnectionEstablished(decorated);
	}

	@Override
	public void handleMessage(WebSocketSession session, WebSocketMessage<?> message) throws Exception {
		WebSocketSession decorated = decorated(session);
		PresenceSession presence = PresenceSession.of(session);
		if (decorated == null || presence == null) {
			return;
		}
		if (!isForPresence(session, presence, message)) {
			super.handleMessage(decorated, message);
		}
	}

	@Override
	public void handleTransportError(WebSocketSession session, Throwable exception) throws Exception {
		WebSocketSession decorated = decorated(session);
		if (decorated != null) {
			super.handleTransportError(decorated, exception);
		}
	}

	@Override
	public void afterConnectionClosed(WebSocketSession session, CloseStatus status) throws Exception {
		PresenceSession presence = PresenceSession.of(session);
		if (presence != null) {
			presence.closed();
		}
		WebSocketSession decorated = decorated(session);
		if (decorated != null) {
			super.afterConnectionClosed(decorated, status);
		}
	}

	private boolean isForPresence(WebSocketSession session, PresenceSession presence, WebSocketMessage<?> message) {
		presence.client().alive();
		if (!(message instanceof TextMessage text)) {
			return false;
		}
		boolean continues = session.getAttributes().containsKey(PARTIAL);
		if (!text.isLast()) {
			session.getAttributes().put(PARTIAL, true);
			return false;
		}
		if (continues) {
			session.getAttributes().remove(PARTIAL);
			return false;
		}
		if (Utf8.length(text.getPayload()) <= this.settings.maxFrameBytes()) {
			return presence.client().receive(text.getPayload());
		}
		if (!FrameReader.isPresenceFrame(text.getPayload())) {
			return false;
		}
		presence.client()
			.reject(CloseStatus.TOO_BIG_TO_PROCESS.getCode(),
					"A presence frame may have at most " + this.settings.maxFrameBytes() + " bytes");
		return true;
	}

	private static @Nullable WebSocketSession decorated(WebSocketSession session) {
		return (WebSocketSession) session.getAttributes().get(SESSION);
	}

}
