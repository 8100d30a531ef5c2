package io.presence.spring.security;

import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionIdListener;
import jakarta.servlet.http.HttpSessionListener;

/**
 * Tells {@link OpenLogins} which HTTP sessions end, by a logout or because they were not
 * used for long enough.
 */
public final class HttpSessionEnds implements HttpSessionListener, HttpSessionIdListener {

	private final OpenLogins logins;

	/**
	 * Creates a listener.
	 * @param logins hears of the ends
	 */
	public HttpSessionEnds(OpenLogins logins) {
		this.logins = logins;
	}

	@Override
	public void sessionDestroyed(HttpSessionEvent event) {
		this.logins.sessionEnded(event.getSession().getId());
	}

	@Override
	public void sessionIdChanged(HttpSessionEvent event, String oldSessionId) {
		this.logins.sessionIdChanged(oldSessionId, event.getSession().getId());
	}

}
