package io.presence.spring.websocket;

import java.security.Principal;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.http.HttpStatus;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.server.HandshakeHandler;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;

import io.presence.PresenceAccessDeniedException;

/**
 * Upgrades a request to the endpoint once everything about it is valid and the resolver
 * has told who the user is: 400 if its query cannot be read, 403 if it denies access, 500
 * if it fails otherwise, 429 if there are too many connections from the address, 503
 * while the application shuts down.
 */
final class PresenceHandshakeHandler implements HandshakeHandler {

	private static final Logger logger = LoggerFactory.getLogger(PresenceHandshakeHandler.class);

	private final HandshakeUsers users;

	private final HandshakeHandler delegate = new ResolvingHandshakeHandler();

	private final Predicate<@Nullable String> addresses;

	private final BooleanSupplier stopping;

	PresenceHandshakeHandler(HandshakeUsers users, Predicate<@Nullable String> addresses, BooleanSupplier stopping) {
		this.users = users;
		this.addresses = addresses;
		this.stopping = stopping;
	}

	@Override
	public boolean doHandshake(ServerHttpRequest request, ServerHttpResponse response, WebSocketHandler handler,
			Map<String, Object> attributes) {
		if (this.stopping.getAsBoolean()) {
			response.setStatusCode(HttpStatus.SERVICE_UNAVAILABLE);
			return false;
		}
		if (!isReadable(request)) {
			response.setStatusCode(HttpStatus.BAD_REQUEST);
			return false;
		}
		if (!this.addresses.test(HandshakeUsers.remoteAddress(request))) {
			response.setStatusCode(HttpStatus.TOO_MANY_REQUESTS);
			return false;
		}
		try {
			return this.delegate.doHandshake(request, response, handler, attributes);
		}
		catch (UnresolvedException ex) {
			response.setStatusCode(refuse(ex.getCause()));
			return false;
		}
	}

	/**
	 * Tells whether the parameters of a request are what they claim to be. Containers
	 * read them late, and fail then, when the upgrade has begun.
	 */
	private static boolean isReadable(ServerHttpRequest request) {
		if (!(request instanceof ServletServerHttpRequest servlet)
				|| servlet.getServletRequest().getQueryString() == null) {
			return true;
		}
		try {
			servlet.getServletRequest().getParameterMap();
			return true;
		}
		catch (RuntimeException ex) {
			logger.debug("A request to the presence endpoint has an unreadable query", ex);
			return false;
		}
	}

	static HttpStatus refuse(@Nullable Throwable cause) {
		if (cause instanceof PresenceAccessDeniedException) {
			logger.debug("A presence connection is refused", cause);
			return HttpStatus.FORBIDDEN;
		}
		logger.error("The PresenceUserResolver failed; the connection is refused", cause);
		return HttpStatus.INTERNAL_SERVER_ERROR;
	}

	private final class ResolvingHandshakeHandler extends DefaultHandshakeHandler {

		ResolvingHandshakeHandler() {
			super(new UncompressedUpgradeStrategy());
		}

		@Override
		protected @Nullable Principal determineUser(ServerHttpRequest request, WebSocketHandler handler,
				Map<String, Object> attributes) {
			Principal principal = super.determineUser(request, handler, attributes);
			try {
				PresenceHandshakeHandler.this.users.resolve(request, principal, attributes);
			}
			catch (RuntimeException ex) {
				throw new UnresolvedException(ex);
			}
			return principal;
		}

	}

	private static final class UnresolvedException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		UnresolvedException(RuntimeException cause) {
			super(cause);
		}

	}

}
