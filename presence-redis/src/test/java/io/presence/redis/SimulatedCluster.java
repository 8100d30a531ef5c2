package io.presence.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

import io.presence.PresenceEvent;
import io.presence.redis.SimulatedInstance.Event;
import io.presence.redis.SimulatedInstance.Tab;

/**
 * Some instances on a simulated Redis where nothing happens but what a test does. All
 * observe the topic {@code room}.
 */
final class SimulatedCluster {

	static final String ROOM = "room";

	final SimulatedTime time = new SimulatedTime();

	final SimulatedServer server = new SimulatedServer(this.time, new Random(1), (message, arguments) -> {
	});

	private final RedisStoreSettings settings;

	private final List<Event> events = new ArrayList<>();

	private int instances;

	private int ids;

	SimulatedCluster(Duration grace) {
		this.settings = new RedisStoreSettings("presence:", Duration.ofSeconds(10), Duration.ofSeconds(3),
				Duration.ofMillis(500), Duration.ofSeconds(90), grace, 0);
	}

	SimulatedInstance start() {
		SimulatedInstance instance = new SimulatedInstance("i" + this.instances++, this.time, this.server,
				new Random(this.instances), new SimulatedLink.Faults(), this.settings,
				() -> "x" + Integer.toString(46_656 + this.ids++, 36), this.events::add);
		instance.observe(ROOM);
		pass(1000);
		return instance;
	}

	Tab join(SimulatedInstance instance, String key, int data) {
		Tab tab = instance.open(ROOM, key, data);
		pass(100);
		return tab;
	}

	void pass(long millis) {
		this.time.run(Duration.ofMillis(millis));
	}

	/**
	 * Returns the edges that an instance was told since the last call: {@code +} and the
	 * key of who joined, {@code -}, the key and the reason of who left; {@code !} in
	 * front, if the instance caused it.
	 */
	List<String> edges(SimulatedInstance instance) {
		List<String> edges = new ArrayList<>();
		for (Event event : List.copyOf(this.events)) {
			if (event.instance() == instance) {
				this.events.remove(event);
				if (event.event() instanceof PresenceEvent.Joined joined) {
					edges.add((joined.origin() ? "!+" : "+") + joined.key());
				}
				else if (event.event() instanceof PresenceEvent.Left left) {
					edges.add((left.origin() ? "!-" : "-") + left.key() + " " + left.reason().code());
				}
			}
		}
		return edges;
	}

	/**
	 * Returns the data that an instance shows of each member.
	 */
	Map<String, Object> shown(SimulatedInstance instance) {
		Map<String, Object> shown = new java.util.TreeMap<>();
		instance.roster(ROOM).forEach((key, data) -> shown.put(key, data.get("d")));
		instance.client().read();
		return shown;
	}

	boolean isStored(String key) {
		return this.server.model().field(SimulatedServer.key(ROOM), "m" + key) != null;
	}

	void deleteIndexes(SimulatedInstance instance) {
		Keys keys = new Keys("presence:", 0);
		List<String> registrations = instance.store().registrations();
		for (int number = 0; number < Keys.BUCKETS; number++) {
			this.server.model().delete(keys.index(number, registrations.get(number)));
		}
	}

	void deleteRegistrations() {
		Keys keys = new Keys("presence:", 0);
		for (int number = 0; number < Keys.BUCKETS; number++) {
			this.server.model().delete(keys.instances(number));
		}
	}

}
