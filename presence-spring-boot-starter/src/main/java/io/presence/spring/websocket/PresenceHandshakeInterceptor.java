package io.presence.spring.websocket;

import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.server.HandshakeInterceptor;

/**
 * Asks the resolver during the handshake of an application's own handler, so that it can
 * refuse the connection with 403.
 */
final class PresenceHandshakeInterceptor implements HandshakeInterceptor {

	private final HandshakeUsers users;

	PresenceHandshakeInterceptor(HandshakeUsers users) {
		this.users = users;
	}

	@Override
	public boolean beforeHandshake(ServerHttpRequest request, ServerHttpResponse response, WebSocketHandler handler,
			Map<String, Object> attributes) {
		try {
			this.users.resolve(request, request.getPrincipal(), attributes);
			return true;
		}
		catch (RuntimeException ex) {
			response.setStatusCode(PresenceHandshakeHandler.refuse(ex));
			return false;
		}
	}

	@Override
	public void afterHandshake(ServerHttpRequest request, ServerHttpResponse response, WebSocketHandler handler,
			@Nullable Exception exception) {
	}

}
