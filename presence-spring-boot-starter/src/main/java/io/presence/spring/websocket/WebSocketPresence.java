package io.presence.spring.websocket;

import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.server.HandshakeHandler;
import org.springframework.web.socket.server.HandshakeInterceptor;

import io.presence.PresenceConnection;
import io.presence.PresenceUserResolver;
import io.presence.engine.PresenceEngine;
import io.presence.spring.security.OpenLogins;

/**
 * Gives presence to an application's own {@link WebSocketHandler}: <pre class="code">
 * registry.addHandler(webSocketPresence.decorate(chatHandler), "/chat");
 * ...
 * presence.join(webSocketPresence.connection(session), "room:42");
 * </pre> Presence takes only the frames that are its own: those of types
 * {@code presence-…} and those on {@code __presence:} topics. All others reach the
 * handler, which joins and leaves topics itself. Safe for use by several threads.
 */
public final class WebSocketPresence {

	private final PresenceEngine engine;

	private final HandshakeUsers users;

	private final OpenLogins logins = new OpenLogins();

	private final SessionTransports transports;

	private final WebSocketSettings settings;

	private final BooleanSupplier stopping;

	/**
	 * Creates the means to decorate handlers.
	 * @param engine the engine
	 * @param resolver tells who a connection's user is
	 * @param executor runs what may wait for a session; it must have many threads
	 * @param settings how sessions are treated
	 * @param stopping tells whether the application shuts down, so that the endpoint
	 * takes no more connections
	 */
	public WebSocketPresence(PresenceEngine engine, PresenceUserResolver resolver, Executor executor,
			WebSocketSettings settings, BooleanSupplier stopping) {
		this.engine = engine;
		this.users = new HandshakeUsers(resolver);
		this.transports = new SessionTransports(executor, settings);
		this.settings = settings;
		this.stopping = stopping;
	}

	/**
	 * Returns a handler that does what another one does and has presence besides. The
	 * sessions that the other one is given may be written to from any thread: messages
	 * leave one at a time, in the order in which they were given, and in order with
	 * presence frames. To send returns at once unless half of
	 * {@code presence.limits.max-outbound-bytes} wait for the session: then it waits for
	 * room, at most {@code presence.websocket.send-timeout}, after which it throws an
	 * {@link java.io.IOException} and the message is not sent. A session that takes
	 * nothing at all for that long is closed soon after. To close sends first what waits.
	 * <p>
	 * The user of a session is resolved when it opens; one that may not connect is closed
	 * with 4403. To refuse it with 403 instead, add {@link #handshakeInterceptor()}.
	 * @param handler the handler of the application
	 * @return the handler to register
	 */
	public WebSocketHandler decorate(WebSocketHandler handler) {
		return new DecoratedHandler(handler, this.engine, this.users, this.logins, this.transports, this.settings);
	}

	/**
	 * Returns an interceptor that asks the {@link PresenceUserResolver} during the
	 * handshake, so that it can refuse the connection.
	 * @return the interceptor to add where a decorated handler is registered
	 */
	public HandshakeInterceptor handshakeInterceptor() {
		return new PresenceHandshakeInterceptor(this.users);
	}

	/**
	 * Returns the connection of a session.
	 * @param session a session of a decorated handler
	 * @return its connection, for the methods of {@link io.presence.PresenceService}
	 * @throws IllegalArgumentException if the session is not one of a decorated handler
	 */
	public PresenceConnection connection(WebSocketSession session) {
		PresenceSession presence = PresenceSession.of(session);
		if (presence == null) {
			throw new IllegalArgumentException("The session " + session.getId()
					+ " has no presence: register its handler as webSocketPresence.decorate(handler)");
		}
		return presence.client().connection();
	}

	/**
	 * Returns the logins that connections were opened with, to be told when one ends.
	 * @return the logins
	 */
	public OpenLogins logins() {
		return this.logins;
	}

	WebSocketHandler endpointHandler() {
		return new EndpointHandler(this.engine, this.users, this.logins, this.transports, this.settings);
	}

	HandshakeHandler endpointHandshakeHandler() {
		return new PresenceHandshakeHandler(this.users, this.engine::admits, this.stopping);
	}

}
