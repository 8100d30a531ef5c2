package io.presence.spring.websocket;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.websocket.Endpoint;
import jakarta.websocket.Extension;

import java.security.Principal;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.web.socket.WebSocketExtension;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.adapter.standard.StandardWebSocketHandlerAdapter;
import org.springframework.web.socket.adapter.standard.StandardWebSocketSession;
import org.springframework.web.socket.server.HandshakeFailureException;
import org.springframework.web.socket.server.standard.ServerEndpointRegistration;
import org.springframework.web.socket.server.standard.StandardWebSocketUpgradeStrategy;

/**
 * Upgrades without extensions, that is, without {@code permessage-deflate}. Containers
 * negotiate it by themselves, and it costs about 300 KB of native memory for each
 * connection, compresses one frame anew for each receiver, and lets a small frame grow
 * without bound.
 */
final class UncompressedUpgradeStrategy extends StandardWebSocketUpgradeStrategy {

	@Override
	public List<WebSocketExtension> getSupportedExtensions(ServerHttpRequest request) {
		return List.of();
	}

	@Override
	public void upgrade(ServerHttpRequest request, ServerHttpResponse response, @Nullable String selectedProtocol,
			List<WebSocketExtension> selectedExtensions, @Nullable Principal user, WebSocketHandler handler,
			Map<String, Object> attributes) {
		HttpServletRequest servletRequest = getHttpServletRequest(request);
		StandardWebSocketSession session = new StandardWebSocketSession(HttpHeaders.copyOf(request.getHeaders()),
				attributes, localAddress(servletRequest), remoteAddress(servletRequest), user);
		UncompressedEndpoint endpoint = new UncompressedEndpoint(servletRequest.getRequestURI(),
				new StandardWebSocketHandlerAdapter(handler, session));
		if (selectedProtocol != null) {
			endpoint.setSubprotocols(List.of(selectedProtocol));
		}
		try {
			getContainer(servletRequest).upgradeHttpToWebSocket(new SessionlessRequest(servletRequest),
					getHttpServletResponse(response), endpoint, Map.of());
		}
		catch (Exception ex) {
			throw new HandshakeFailureException("Could not upgrade " + servletRequest.getRequestURI(), ex);
		}
	}

	private static InetSocketAddress localAddress(HttpServletRequest request) {
		return new InetSocketAddress(request.getLocalAddr(), request.getLocalPort());
	}

	private static InetSocketAddress remoteAddress(HttpServletRequest request) {
		return new InetSocketAddress(request.getRemoteAddr(), request.getRemotePort());
	}

	private static final class UncompressedEndpoint extends ServerEndpointRegistration {

		UncompressedEndpoint(String path, Endpoint endpoint) {
			super(path, endpoint);
		}

		@Override
		public List<Extension> getNegotiatedExtensions(List<Extension> installed, List<Extension> requested) {
			return List.of();
		}

	}

}
