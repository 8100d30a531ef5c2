package io.presence.spring.websocket;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpSession;
import org.jspecify.annotations.Nullable;

/**
 * A request to upgrade that hides its HTTP session from the container. Containers may
 * close the connections of a session that ends, Tomcat with 1008. Presence ends the
 * logins of its connections itself, tells their clients what they have lost, and lets
 * them go on as guests.
 */
final class SessionlessRequest extends HttpServletRequestWrapper {

	SessionlessRequest(HttpServletRequest request) {
		super(request);
	}

	@Override
	public @Nullable HttpSession getSession() {
		return null;
	}

	@Override
	public @Nullable HttpSession getSession(boolean create) {
		return null;
	}

}
