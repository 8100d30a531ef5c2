package io.presence.redis;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;

/**
 * What of a topic may have to be shown differently, and why.
 */
final class Touched {

	private final Set<String> keys = new LinkedHashSet<>();

	private final Set<String> connections = new LinkedHashSet<>();

	private final Map<String, LeaveReason> reasons = new HashMap<>();

	private final boolean message;

	private final boolean own;

	private Touched(boolean message, boolean own) {
		this.message = message;
		this.own = own;
	}

	/**
	 * Somebody changed the topic, and told it.
	 * @param own whether it was this instance
	 * @return nothing so far
	 */
	static Touched byMessage(boolean own) {
		return new Touched(true, own);
	}

	/**
	 * Nobody told why something changed.
	 * @return nothing so far
	 */
	static Touched byFinding() {
		return new Touched(false, false);
	}

	static Touched byFinding(Mark.Id mark) {
		Touched touched = byFinding();
		if (mark.isHold()) {
			touched.key(mark.id());
		}
		else {
			touched.connection(mark.id());
		}
		return touched;
	}

	void key(String key) {
		this.keys.add(key);
		this.reasons.remove(key);
	}

	void left(String key, LeaveReason reason) {
		this.keys.add(key);
		this.reasons.put(key, reason);
	}

	void connection(String connectionId) {
		this.connections.add(connectionId);
	}

	Set<String> keys() {
		return this.keys;
	}

	Set<String> connections() {
		return this.connections;
	}

	@Nullable LeaveReason reason(String key) {
		return this.reasons.get(key);
	}

	boolean isMessage() {
		return this.message;
	}

	boolean isOwn() {
		return this.own;
	}

}
