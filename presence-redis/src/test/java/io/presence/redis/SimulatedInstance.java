package io.presence.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.presence.PresenceEvent;
import io.presence.PresenceMember;
import io.presence.engine.ClientSession;
import io.presence.engine.ConnectionDetails;
import io.presence.engine.PresenceEngine;
import io.presence.engine.PresenceSettings;
import io.presence.engine.RecordingTransport;
import io.presence.engine.SeededEngine;
import io.presence.engine.SimulatedClient;

/**
 * An instance of a simulated run: the engine and the Redis store as they are shipped.
 */
final class SimulatedInstance {

	private final String name;

	private final SimulatedTime time;

	private final SimulatedTime.Process process;

	private final SimulatedLink link;

	private final RedisPresenceStore store;

	private final PresenceEngine engine;

	private final SimulatedClient client = new SimulatedClient();

	private final ClientSession observer;

	private final Set<Tab> tabs = new LinkedHashSet<>();

	private final long startedAt;

	private long frozenAt = Long.MAX_VALUE;

	private long thawedAt = Long.MIN_VALUE / 2;

	private long trustedFrom = Long.MIN_VALUE;

	private boolean trustedWhenKilled;

	private long diedAt = Long.MIN_VALUE / 2;

	SimulatedInstance(String name, SimulatedTime time, SimulatedServer server, Random random,
			SimulatedLink.Faults faults, RedisStoreSettings settings, Supplier<String> ids, Consumer<Event> events) {
		this.name = name;
		this.time = time;
		this.startedAt = time.millis();
		this.process = new SimulatedTime.Process(time);
		this.link = new SimulatedLink(time, this.process, server, random, faults);
		this.store = new RedisPresenceStore(settings, 0, (problems) -> this.link, this.process, this.process,
				new StoreContext.Chance(ids, () -> (long) random.nextInt(300)));
		this.engine = SeededEngine.builder(ids)
			.settings(
					PresenceSettings.defaults().withGrace(settings.grace()).withHeartbeat(Duration.ZERO, Duration.ZERO))
			.store(this.store)
			.scheduler(this.process)
			.executor(this.process)
			.listenerExecutor(this.process)
			.listeners(List
				.of((event) -> events.accept(new Event(this, time.millis(), event, !this.store.health().available()))))
			.build();
		this.observer = this.engine.open(this.client.transport(), ConnectionDetails.ofUser(null));
		stayAlive();
	}

	private void stayAlive() {
		this.process.schedule(() -> {
			this.observer.alive();
			this.tabs.forEach((tab) -> tab.session.alive());
			stayAlive();
		}, Duration.ofSeconds(10));
	}

	String name() {
		return this.name;
	}

	SimulatedLink link() {
		return this.link;
	}

	/**
	 * Returns a client that observes.
	 */
	SimulatedClient client() {
		return this.client;
	}

	PresenceEngine engine() {
		return this.engine;
	}

	RedisPresenceStore store() {
		return this.store;
	}

	Set<Tab> tabs() {
		return this.tabs;
	}

	boolean isRunning() {
		return this.process.isRunning();
	}

	boolean isKilled() {
		return this.process.isKilled();
	}

	void observe(String topic) {
		this.observer.receive("{\"type\":\"subscribe\",\"topic\":\"__presence:" + topic + "\"}");
	}

	void unobserve(String topic) {
		this.observer.receive("{\"type\":\"unsubscribe\",\"topic\":\"__presence:" + topic + "\"}");
	}

	Tab open(String topic, String key, int data) {
		Map<String, Object> user = new LinkedHashMap<>();
		user.put("id", key);
		user.put("d", data);
		ClientSession session = this.engine.open(new RecordingTransport(), ConnectionDetails.ofUser(user));
		Tab tab = new Tab(this, session, topic, key, data, this.time.millis());
		this.tabs.add(tab);
		this.engine.join(session.connection(), topic).whenComplete((member, error) -> {
			tab.joinedAt = this.time.millis();
			tab.refusal = error;
		});
		return tab;
	}

	void update(Tab tab, int data) {
		tab.dataAt = (tab.data != data) ? this.time.millis() : tab.dataAt;
		tab.data = data;
		Map<String, Object> user = new LinkedHashMap<>();
		user.put("id", tab.key);
		user.put("d", data);
		this.engine.update(tab.session.connection(), user);
	}

	void state(Tab tab, int state) {
		tab.state = state;
		this.engine.setState(tab.session.connection(), tab.topic, (state > 0) ? Map.of("s", state) : null, null);
	}

	void leave(Tab tab) {
		this.tabs.remove(tab);
		tab.closedAt = this.time.millis();
		this.engine.leave(tab.session.connection(), tab.topic)
			.whenComplete((left, error) -> tab.leftAt = this.time.millis());
		this.process.schedule(tab.session::closed, Duration.ofSeconds(3));
	}

	void close(Tab tab) {
		this.tabs.remove(tab);
		tab.closedAt = this.time.millis();
		tab.disconnected = true;
		tab.session.closed();
	}

	void kill(long harmless) {
		this.trustedWhenKilled = isTrusted(harmless);
		this.diedAt = isRunning() ? this.time.millis() : this.frozenAt;
		this.process.kill();
		this.link.close();
	}

	void freeze() {
		this.frozenAt = this.time.millis();
		this.process.freeze();
	}

	void thaw(long harmless) {
		if (this.time.millis() - this.frozenAt > harmless) {
			distrust();
		}
		this.thawedAt = this.time.millis();
		this.process.thaw();
	}

	long startedAt() {
		return this.startedAt;
	}

	/**
	 * Tells whether this instance was frozen at a moment, and is so or has just been
	 * thawed.
	 * @param millis the moment
	 * @return whether it was
	 */
	boolean wasFrozenAt(long millis) {
		boolean frozen = !this.process.isRunning() && !isKilled();
		return this.frozenAt <= millis && (frozen || (this.thawedAt >= millis && isCatchingUp()));
	}

	/**
	 * Tells whether this instance may just hear what happened while it was frozen.
	 * @return whether it may
	 */
	boolean isCatchingUp() {
		return this.time.millis() - this.thawedAt < 1000;
	}

	/**
	 * Expects others to have believed this instance dead for a while.
	 */
	void distrust() {
		this.trustedFrom = this.time.millis() + 6000;
	}

	/**
	 * Tells whether no other instance may have believed this one dead.
	 * @param harmless how long it may be frozen unnoticed
	 * @return whether none may
	 */
	boolean isTrusted(long harmless) {
		boolean frozenLong = !this.process.isRunning() && this.time.millis() - this.frozenAt > harmless;
		return !isKilled() && !frozenLong && this.time.millis() >= this.trustedFrom;
	}

	/**
	 * Tells whether no other instance may have believed this one dead when it was killed.
	 */
	boolean isTrustedWhenKilled() {
		return this.trustedWhenKilled;
	}

	/**
	 * Returns when it did anything the last time, if it was killed, long ago otherwise.
	 */
	long diedAt() {
		return this.diedAt;
	}

	Map<String, Map<String, Object>> roster(String topic) {
		Map<String, Map<String, Object>> roster = new java.util.TreeMap<>();
		for (PresenceMember member : this.engine.list(topic)) {
			roster.put(member.key(), member.data());
		}
		return roster;
	}

	List<PresenceMember> members(String topic) {
		return new ArrayList<>(this.engine.list(topic));
	}

	/**
	 * What a listener of an instance heard.
	 *
	 * @param instance the instance
	 * @param at when, in milliseconds
	 * @param event what
	 * @param degraded whether Redis did not serve the instance then
	 */
	record Event(SimulatedInstance instance, long at, PresenceEvent event, boolean degraded) {

	}

	/**
	 * A connection that joined one topic.
	 */
	static final class Tab {

		final SimulatedInstance owner;

		final ClientSession session;

		final String topic;

		final String key;

		final long openedAt;

		long dataAt;

		int data;

		int state;

		long joinedAt = -1;

		/** When Redis was first seen to have what was joined. */
		long storedAt = -1;

		long closedAt = -1;

		long leftAt = -1;

		long hiddenUntil;

		boolean disconnected;

		Throwable refusal;

		Tab(SimulatedInstance owner, ClientSession session, String topic, String key, int data, long openedAt) {
			this.owner = owner;
			this.session = session;
			this.topic = topic;
			this.key = key;
			this.data = data;
			this.openedAt = openedAt;
			this.dataAt = openedAt;
		}

		boolean isOf(String topic, String key) {
			return this.topic.equals(topic) && this.key.equals(key);
		}

	}

}
