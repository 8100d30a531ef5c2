package io.presence.engine;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

/**
 * The open sessions of this instance, by the id of their connection.
 */
final class Sessions {

	private final Map<String, ClientSession> sessions = new ConcurrentHashMap<>();

	private final Set<ClientSession> closing = ConcurrentHashMap.newKeySet();

	private final Admission admission;

	private final Liveness liveness;

	Sessions(EngineContext context, Admission admission) {
		this.admission = admission;
		this.liveness = new Liveness(context.settings(), context.scheduler(), this.sessions.values());
	}

	void add(ClientSession session) {
		this.sessions.put(session.handle().id(), session);
		this.liveness.begin();
	}

	/**
	 * Forgets a session.
	 * @param countedAddress the address that it counts for, if any
	 */
	void remove(ClientSession session, @Nullable String countedAddress) {
		if (this.sessions.remove(session.handle().id()) != null && countedAddress != null) {
			this.admission.dismissAddress(countedAddress);
		}
	}

	/**
	 * Notes that a session's link is being closed, and that its container has not yet
	 * told that it is.
	 */
	void closing(ClientSession session) {
		this.closing.add(session);
	}

	void closed(ClientSession session) {
		this.closing.remove(session);
	}

	boolean areClosing() {
		return !this.closing.isEmpty();
	}

	@Nullable ClientSession find(String connectionId) {
		return this.sessions.get(connectionId);
	}

	Collection<ClientSession> all() {
		return this.sessions.values();
	}

	int size() {
		return this.sessions.size();
	}

	/**
	 * Closes all that are open, at once, and watches none any more.
	 */
	void abandon() {
		this.sessions.values().forEach(ClientSession::abandon);
		this.liveness.end();
	}

}
