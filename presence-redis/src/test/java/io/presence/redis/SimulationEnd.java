package io.presence.redis;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import io.presence.redis.SimulatedInstance.Tab;
import io.presence.redis.SimulationProfile.Break;
import io.presence.redis.model.RedisValue;

/**
 * What must be so when a simulated run has come to rest: first with those who are still
 * there, then without them.
 */
final class SimulationEnd {

	private final SimulationLog log;

	private final SimulationProfile profile;

	private final SimulatedServer server;

	private final List<SimulatedInstance> running;

	SimulationEnd(SimulationLog log, SimulationProfile profile, SimulatedServer server,
			List<SimulatedInstance> running) {
		this.log = log;
		this.profile = profile;
		this.server = server;
		this.running = running;
	}

	/**
	 * Checks that Redis, every instance and every client show exactly those who are
	 * there.
	 * @param exactOrder whether stamps tell which data are the newest
	 */
	void checkRosters(boolean exactOrder) {
		for (String topic : Simulation.TOPICS) {
			Expected expected = new Expected();
			for (SimulatedInstance instance : this.running) {
				instance.tabs().stream().filter((tab) -> tab.topic.equals(topic)).forEach(expected::add);
			}
			checkRedis(topic, expected.newest.keySet());
			Map<String, Map<String, Object>> first = null;
			for (SimulatedInstance instance : this.running) {
				Map<String, Map<String, Object>> roster = instance.roster(topic);
				if (!roster.keySet().equals(expected.newest.keySet())) {
					this.log.fail("%s shows %s of %s, where %s are", instance.name(), roster.keySet(), topic,
							expected.newest.keySet());
				}
				first = (first != null) ? first : roster;
				if (!roster.equals(first)) {
					this.log.fail("%s shows %s of %s, another one %s", instance.name(), roster, topic, first);
				}
				if (!roster.equals(instance.client().roster(topic))) {
					this.log.fail("%s shows %s of %s, its client %s", instance.name(), roster, topic,
							instance.client().roster(topic));
				}
				roster.forEach((key, data) -> checkData(instance, topic, key, data, expected, exactOrder));
				checkStates(instance, topic);
			}
		}
	}

	private void checkData(SimulatedInstance instance, String topic, String key, Map<String, Object> data,
			Expected expected, boolean exactOrder) {
		Tab tab = expected.newest.get(key);
		if (tab == null) {
			return;
		}
		boolean exact = exactOrder && !expected.ambiguous.contains(key);
		if (exact ? !data.get("d").equals(tab.data) : !expected.possible.get(key).contains(data.get("d"))) {
			this.log.fail("%s shows %s of %s in %s, expected %s", instance.name(), data, key, topic,
					exact ? tab.data : expected.possible.get(key));
		}
	}

	private void checkStates(SimulatedInstance instance, String topic) {
		instance.members(topic).forEach((member) -> {
			Set<Object> states = new LinkedHashSet<>();
			for (SimulatedInstance other : this.running) {
				for (Tab tab : other.tabs()) {
					if (tab.isOf(topic, member.key()) && tab.state > 0) {
						states.add(Map.of("s", tab.state));
					}
				}
			}
			boolean right = (member.state() == null) ? states.isEmpty() : states.contains(member.state());
			if (!right) {
				this.log.fail("%s shows state %s of %s in %s, expected one of %s", instance.name(), member.state(),
						member.key(), topic, states);
			}
		});
	}

	private void checkRedis(String topic, Set<String> expected) {
		RedisValue value = this.server.dump().get(SimulatedServer.key(topic));
		Map<String, String> fields = (value != null) ? value.content() : Map.of();
		Set<String> members = new TreeSet<>();
		fields.forEach((field, text) -> {
			if (field.startsWith("m") && StoredHold.parse(text) != null) {
				members.add(Octets.text(field.substring(1)));
			}
		});
		boolean garbage = members.size() < fields.keySet().stream().filter((field) -> field.startsWith("m")).count();
		if (!members.equals(expected)) {
			this.log.fail("Redis has %s of %s, where %s are", members, topic, expected);
		}
		String head = fields.get("h");
		if (!expected.isEmpty() && !garbage && (head == null || !head.endsWith(" " + expected.size()))) {
			this.log.fail("Redis counts '%s' in %s, where %s are", head, topic, expected);
		}
	}

	/**
	 * Checks that every join was answered.
	 * @param tabs the connections that joined
	 */
	void checkJoins(List<Tab> tabs) {
		for (Tab tab : tabs) {
			if (tab.owner.isRunning() && tab.joinedAt < 0) {
				this.log.fail("The join of %s into %s at %d on %s was never answered", tab.key, tab.topic, tab.openedAt,
						tab.owner.name());
			}
		}
	}

	/**
	 * Checks that nothing is left once everybody has gone.
	 */
	void checkNothingIsLeft() {
		Set<String> current = new TreeSet<>();
		this.running.forEach((instance) -> current.addAll(instance.store().registrations()));
		this.server.dump().forEach((key, value) -> {
			boolean foreign = this.profile.breaksAny(Break.GARBAGE) && value.content()
				.entrySet()
				.stream()
				.noneMatch((field) -> field.getKey().startsWith("m") && StoredHold.parse(field.getValue()) != null);
			if (key.contains(":t:") && !foreign) {
				this.log.fail("%s is left: %s", key, value);
			}
			if (key.contains(":i:")) {
				checkIndex(key, value, current);
			}
		});
		for (SimulatedInstance instance : this.running) {
			if (instance.engine().statistics().topics() != 0 || instance.engine().statistics().holds() != 0) {
				this.log.fail("%s still has topics: %s", instance.name(), instance.engine().statistics());
			}
			String left = instance.store().remainder();
			if (!left.isEmpty()) {
				this.log.fail("%s still has %s", instance.name(), left);
			}
		}
	}

	/**
	 * A registration that lives may keep a topic in its index that was deleted by others:
	 * then it counts too much there. When the sorted set was deleted, an index that is
	 * not in it expires by itself.
	 */
	private void checkIndex(String key, RedisValue value, Set<String> current) {
		String registration = key.substring(key.lastIndexOf(':') + 1);
		boolean alive = current.contains(registration);
		boolean empty = value.content().size() == 1;
		RedisValue instances = this.server.dump().get(key.substring(0, key.lastIndexOf(":i:")) + ":instances");
		boolean unknown = value.expiresAt() >= 0
				&& (instances == null || !instances.content().containsKey(registration));
		if ((!alive || !empty) && !(this.profile.deletes() && (alive || unknown))) {
			this.log.fail("%s is left: %s", key, value);
		}
	}

	/**
	 * Who should be seen in a topic.
	 */
	private static final class Expected {

		private final Map<String, Tab> newest = new TreeMap<>();

		private final Map<String, Set<Object>> possible = new TreeMap<>();

		private final Set<String> ambiguous = new TreeSet<>();

		void add(Tab tab) {
			Tab other = this.newest.get(tab.key);
			this.possible.computeIfAbsent(tab.key, (key) -> new LinkedHashSet<>()).add(tab.data);
			if (other != null && Math.abs(other.dataAt - tab.dataAt) < 10) {
				this.ambiguous.add(tab.key);
			}
			if (other == null || other.dataAt < tab.dataAt) {
				this.newest.put(tab.key, tab);
			}
		}

	}

}
