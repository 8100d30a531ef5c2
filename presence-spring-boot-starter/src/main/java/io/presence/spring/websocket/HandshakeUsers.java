package io.presence.spring.websocket;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import jakarta.servlet.http.HttpSession;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.util.LinkedCaseInsensitiveMap;
import org.springframework.web.socket.WebSocketSession;

import io.presence.PresenceHandshake;
import io.presence.PresenceUserResolver;
import io.presence.engine.ConnectionDetails;

/**
 * Asks the resolver once for each connection who its user is, and keeps the answer with
 * the session.
 */
final class HandshakeUsers {

	private static final String ATTRIBUTE = HandshakeUsers.class.getName();

	private final PresenceUserResolver resolver;

	HandshakeUsers(PresenceUserResolver resolver) {
		this.resolver = resolver;
	}

	/**
	 * Resolves the user of a connection that does not exist yet.
	 * @throws RuntimeException what the resolver throws
	 */
	void resolve(ServerHttpRequest request, @Nullable Principal principal, Map<String, Object> attributes) {
		String address = remoteAddress(request);
		Object user = this.resolver.resolve(handshake(request.getURI(), request.getHeaders(), principal, address));
		attributes.put(ATTRIBUTE, new Resolved(new ConnectionDetails(user, principal, address), httpSession(request)));
	}

	/**
	 * Returns what is known of a session, its user resolved now if the handshake did not.
	 * @throws RuntimeException what the resolver throws
	 */
	Resolved resolved(WebSocketSession session) {
		if (session.getAttributes().remove(ATTRIBUTE) instanceof Resolved resolved) {
			return resolved;
		}
		URI uri = session.getUri();
		String address = text(session.getRemoteAddress());
		Object user = this.resolver.resolve(handshake((uri != null) ? uri : URI.create(""),
				session.getHandshakeHeaders(), session.getPrincipal(), address));
		return new Resolved(new ConnectionDetails(user, session.getPrincipal(), address), null);
	}

	private static @Nullable HttpSession httpSession(ServerHttpRequest request) {
		return (request instanceof ServletServerHttpRequest servlet) ? servlet.getServletRequest().getSession(false)
				: null;
	}

	static @Nullable String remoteAddress(ServerHttpRequest request) {
		if (request instanceof ServletServerHttpRequest servlet) {
			return servlet.getServletRequest().getRemoteAddr();
		}
		return text(request.getRemoteAddress());
	}

	private static @Nullable String text(@Nullable InetSocketAddress address) {
		if (address == null) {
			return null;
		}
		return (address.getAddress() != null) ? address.getAddress().getHostAddress() : address.getHostString();
	}

	private static PresenceHandshake handshake(URI uri, HttpHeaders headers, @Nullable Principal principal,
			@Nullable String remoteAddress) {
		Map<String, List<String>> copy = new LinkedCaseInsensitiveMap<>();
		headers.forEach((name, values) -> copy.put(name, List.copyOf(values)));
		return new PresenceHandshake(uri, Collections.unmodifiableMap(copy), parameters(uri), principal, remoteAddress);
	}

	private static Map<String, List<String>> parameters(URI uri) {
		String query = uri.getRawQuery();
		if (query == null || query.isEmpty()) {
			return Map.of();
		}
		Map<String, List<String>> parameters = new LinkedHashMap<>();
		for (String parameter : query.split("&")) {
			int equals = parameter.indexOf('=');
			String name = (equals >= 0) ? parameter.substring(0, equals) : parameter;
			String value = (equals >= 0) ? parameter.substring(equals + 1) : "";
			if (!name.isEmpty()) {
				parameters.computeIfAbsent(decode(name), (absent) -> new ArrayList<>(1)).add(decode(value));
			}
		}
		return Collections.unmodifiableMap(parameters);
	}

	private static String decode(String text) {
		try {
			return URLDecoder.decode(text, StandardCharsets.UTF_8);
		}
		catch (IllegalArgumentException ex) {
			return text;
		}
	}

	/**
	 * What the handshake has told.
	 *
	 * @param details the user, the principal and the address
	 * @param httpSession the session of the user, {@code null} if there is none or it is
	 * unknown
	 */
	record Resolved(ConnectionDetails details, @Nullable HttpSession httpSession) {

	}

}
