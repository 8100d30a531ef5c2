package io.presence.engine;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

import io.presence.PresenceLimitExceededException;
import io.presence.json.Quoted;

/**
 * Counts connections, in all, by key and by remote address, and refuses those over a
 * limit.
 */
final class Admission {

	private static final String MAX_CONNECTIONS = "presence.limits.max-connections";

	private static final String MAX_CONNECTIONS_PER_KEY = "presence.limits.max-connections-per-key";

	private static final String MAX_CONNECTIONS_PER_ADDRESS = "presence.limits.max-connections-per-address";

	private final EngineContext context;

	private final AtomicInteger participating = new AtomicInteger();

	private final Map<String, Integer> byKey = new ConcurrentHashMap<>();

	private final Map<String, Integer> byAddress = new ConcurrentHashMap<>();

	Admission(EngineContext context) {
		this.context = context;
	}

	/**
	 * Counts a connection that begins to have to do with topics.
	 */
	void admit() {
		int max = this.context.limits().maxConnections();
		if (this.participating.incrementAndGet() > max) {
			this.participating.decrementAndGet();
			throw this.context.limitExceeded(MAX_CONNECTIONS,
					"This instance has " + max + " connections already: raise " + MAX_CONNECTIONS);
		}
	}

	void dismiss() {
		this.participating.decrementAndGet();
	}

	/**
	 * Returns how many connections have to do with topics.
	 */
	int participating() {
		return this.participating.get();
	}

	void admitKey(String key) {
		int max = this.context.limits().maxConnectionsPerKey();
		if (!increment(this.byKey, key, max)) {
			throw exhausted("The key " + Quoted.of(key), max, MAX_CONNECTIONS_PER_KEY);
		}
	}

	void dismissKey(String key) {
		decrement(this.byKey, key);
	}

	/**
	 * Tells whether a connection from an address would be admitted now; if not, that
	 * counts as a refusal.
	 */
	boolean admits(@Nullable String address) {
		int max = this.context.limits().maxConnectionsPerAddress();
		if (max == 0 || address == null || this.byAddress.getOrDefault(ClientNetwork.of(address), 0) < max) {
			return true;
		}
		this.context.metrics().limitExceeded(MAX_CONNECTIONS_PER_ADDRESS);
		return false;
	}

	void admitAddress(@Nullable String address) {
		int max = this.context.limits().maxConnectionsPerAddress();
		if (max > 0 && address != null && !increment(this.byAddress, ClientNetwork.of(address), max)) {
			throw exhausted("The address " + ClientNetwork.of(address), max, MAX_CONNECTIONS_PER_ADDRESS);
		}
	}

	void dismissAddress(String address) {
		decrement(this.byAddress, ClientNetwork.of(address));
	}

	private PresenceLimitExceededException exhausted(String who, int max, String property) {
		return this.context.limitExceeded(property,
				who + " has " + max + " connections already: close one, or raise " + property);
	}

	private static boolean increment(Map<String, Integer> counts, String of, int max) {
		boolean[] admitted = { true };
		counts.compute(of, (same, count) -> {
			int before = (count != null) ? count : 0;
			admitted[0] = before < max;
			return admitted[0] ? Integer.valueOf(before + 1) : count;
		});
		return admitted[0];
	}

	private static void decrement(Map<String, Integer> counts, String of) {
		counts.computeIfPresent(of, (same, count) -> (count > 1) ? count - 1 : null);
	}

}
