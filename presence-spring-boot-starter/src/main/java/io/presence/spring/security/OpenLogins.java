package io.presence.spring.security;

import java.security.Principal;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import jakarta.servlet.http.HttpSession;
import org.jspecify.annotations.Nullable;

import io.presence.engine.ClientSession;

/**
 * The logins that connections were opened with. When one ends, its connections go on as
 * anonymous ones and keep only what such a one may. Connections that were opened without
 * a login are not known here. Safe for use by several threads.
 */
public final class OpenLogins {

	private final Map<String, Set<ClientSession>> bySession = new HashMap<>();

	private final Map<String, Set<ClientSession>> byName = new HashMap<>();

	private final Map<ClientSession, String> sessionIds = new HashMap<>();

	/**
	 * Hears of a new connection.
	 * @param client the connection
	 * @param session the HTTP session that it was opened in, {@code null} if there is
	 * none
	 * @return what to run when the connection has closed
	 */
	public Runnable opened(ClientSession client, @Nullable HttpSession session) {
		Principal principal = client.connection().principal();
		if (principal == null) {
			return () -> {
			};
		}
		String name = principal.getName();
		synchronized (this) {
			add(this.byName, name, client);
			if (session != null) {
				this.sessionIds.put(client, session.getId());
				add(this.bySession, session.getId(), client);
			}
		}
		if (session != null && hasEnded(session)) {
			client.loggedOut();
		}
		return () -> closed(client, name);
	}

	/**
	 * Hears that an HTTP session has ended.
	 * @param sessionId its id
	 */
	public void sessionEnded(String sessionId) {
		Collection<ClientSession> clients;
		synchronized (this) {
			clients = List.copyOf(this.bySession.getOrDefault(sessionId, Set.of()));
		}
		clients.forEach(ClientSession::loggedOut);
	}

	/**
	 * Hears that an HTTP session goes on under another id.
	 * @param before the id that it had
	 * @param now the id that it has
	 */
	public synchronized void sessionIdChanged(String before, String now) {
		Set<ClientSession> clients = this.bySession.remove(before);
		if (clients != null) {
			clients.forEach((client) -> {
				this.sessionIds.put(client, now);
				add(this.bySession, now, client);
			});
		}
	}

	/**
	 * Hears that a user logged out. The connections of other logins of the same user,
	 * that is, those whose principal is not equal, go on.
	 * @param principal who logged out
	 * @return the keys of the users whose connections these were
	 */
	public Set<String> loggedOut(Principal principal) {
		Set<String> keys = new HashSet<>();
		Collection<ClientSession> clients;
		synchronized (this) {
			clients = List.copyOf(this.byName.getOrDefault(principal.getName(), Set.of()));
		}
		for (ClientSession client : clients) {
			if (principal.equals(client.connection().principal())) {
				String key = client.userKey();
				if (key != null) {
					keys.add(key);
				}
				client.loggedOut();
			}
		}
		return keys;
	}

	/**
	 * Returns how many connections are known.
	 */
	synchronized int size() {
		return this.byName.values().stream().mapToInt(Set::size).sum() + this.bySession.size() + this.sessionIds.size();
	}

	private synchronized void closed(ClientSession client, String name) {
		remove(this.byName, name, client);
		String sessionId = this.sessionIds.remove(client);
		if (sessionId != null) {
			remove(this.bySession, sessionId, client);
		}
	}

	private static void add(Map<String, Set<ClientSession>> clients, String name, ClientSession client) {
		clients.computeIfAbsent(name, (absent) -> new HashSet<>(2)).add(client);
	}

	private static void remove(Map<String, Set<ClientSession>> clients, String name, ClientSession client) {
		clients.computeIfPresent(name, (same, all) -> {
			all.remove(client);
			return all.isEmpty() ? null : all;
		});
	}

	private static boolean hasEnded(HttpSession session) {
		try {
			session.getCreationTime();
			return false;
		}
		catch (IllegalStateException ex) {
			return true;
		}
	}

}
