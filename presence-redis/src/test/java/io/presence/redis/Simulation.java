package io.presence.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

import io.presence.LeaveReason;
import io.presence.PresenceEvent;
import io.presence.redis.SimulatedInstance.Event;
import io.presence.redis.SimulatedInstance.Tab;
import io.presence.redis.model.RedisValue;

/**
 * A run of several instances on one simulated Redis, in which a seed decides what people
 * do and what breaks. It checks throughout that nobody who stays is seen to leave, and in
 * the end that every instance and Redis show exactly who is there, and that nothing is
 * left when all have gone.
 */
final class Simulation {

	private static final List<String> TOPICS = List.of("alpha", "beta", "gamma");

	private static final List<String> KEYS = List.of("ada", "bob", "cem", "dóra", "eve", "f:1", "g,2", "h;3");

	/** How long after a join or a leave observers may still not know of it. */
	private static final long SETTLING = 2000;

	/** How long a connection that is held up may delay what others see. */
	private static final long HELD_UP = 7000;

	private final SimulatedTime time = new SimulatedTime();

	private final Random random;

	private final Profile profile;

	private final RedisStoreSettings settings;

	private final SimulatedServer server;

	private final SimulatedLink.Faults faults = new SimulatedLink.Faults();

	private final List<SimulatedInstance> instances = new ArrayList<>();

	private final List<Tab> allTabs = new ArrayList<>();

	private final Map<Tab, SimulatedInstance> owners = new LinkedHashMap<>();

	private final List<String> log = new ArrayList<>();

	private final List<String> failures = new ArrayList<>();

	private final boolean verbose;

	private int ids;

	private int seen;

	private boolean ending;

	private boolean clockMoved;

	private long awaySince = -1;

	private long lastBreak;

	Simulation(long seed, Profile profile, boolean verbose) {
		this.random = new Random(seed * 7919 + profile.ordinal());
		this.profile = profile;
		this.verbose = verbose;
		this.settings = new RedisStoreSettings("presence:", Duration.ofSeconds(10), Duration.ofSeconds(3),
				Duration.ofMillis(500), Duration.ofSeconds(90), profile.grace(), 0);
		this.server = new SimulatedServer(this.time, this.random, this::say);
		for (int i = 0; i < 3; i++) {
			start();
		}
	}

	/**
	 * Runs it.
	 * @return what went wrong
	 */
	List<String> run() {
		this.profile.faults(this.faults);
		Duration until = Duration.ofSeconds(15);
		long end = this.time.now() + until.toNanos();
		int nextFault = 500 + this.random.nextInt(1500);
		while (this.time.now() < end) {
			this.time.run(Duration.ofMillis(1 + this.random.nextInt(120)));
			act();
			if (!this.profile.breaks().isEmpty() && this.time.millis() > nextFault) {
				nextFault = (int) this.time.millis() + 200 + this.random.nextInt(4000);
				breakSomething(this.profile.breaks().get(this.random.nextInt(this.profile.breaks().size())));
			}
		}
		this.time.run(Duration.ofNanos(Math.max(0, this.lastBreak - this.time.now())));
		calm();
		Duration grace = this.settings.grace();
		Duration longest = (grace.compareTo(this.settings.lease()) > 0) ? grace : this.settings.lease();
		this.time.run(longest.plusSeconds(1));
		checkRosters();
		checkJoins();
		leaveAll();
		return this.failures;
	}

	List<String> log() {
		return this.log;
	}

	int seen() {
		return this.seen;
	}

	private SimulatedInstance start() {
		String name = "i" + this.instances.size();
		SimulatedInstance instance = new SimulatedInstance(name, this.time, this.server, this.random, this.faults,
				this.settings, this::id, this::heard);
		this.instances.add(instance);
		TOPICS.forEach(instance::observe);
		return instance;
	}

	private String id() {
		return "x" + Integer.toString(46_656 + this.ids++, 36);
	}

	private List<SimulatedInstance> running() {
		return this.instances.stream().filter(SimulatedInstance::isRunning).toList();
	}

	private void act() {
		List<SimulatedInstance> running = running();
		if (running.isEmpty()) {
			return;
		}
		SimulatedInstance instance = running.get(this.random.nextInt(running.size()));
		List<Tab> tabs = List.copyOf(instance.tabs());
		double chance = this.random.nextDouble();
		if (chance < 0.4 || tabs.isEmpty()) {
			Tab tab = instance.open(pick(TOPICS), pick(KEYS), this.random.nextInt(3));
			this.allTabs.add(tab);
			this.owners.put(tab, instance);
			say("%s joins %s %s d=%d", instance.name(), tab.topic, tab.key, tab.data);
			return;
		}
		Tab tab = pick(tabs);
		if (chance < 0.55) {
			instance.update(tab, this.random.nextInt(3));
			say("%s updates %s %s d=%d", instance.name(), tab.topic, tab.key, tab.data);
		}
		else if (chance < 0.65) {
			instance.state(tab, this.random.nextInt(3));
			say("%s state %s %s s=%d", instance.name(), tab.topic, tab.key, tab.state);
		}
		else if (chance < 0.83) {
			instance.leave(tab);
			say("%s leaves %s %s", instance.name(), tab.topic, tab.key);
		}
		else {
			instance.close(tab);
			say("%s closes %s %s", instance.name(), tab.topic, tab.key);
		}
	}

	private void breakSomething(Break what) {
		say("FAULT %s", what);
		SimulatedInstance victim = pick(this.instances);
		SortedMap<String, RedisValue> dump = this.server.dump();
		List<String> keys = List.copyOf(dump.keySet());
		switch (what) {
			case FLUSH -> this.server.model().flush();
			case DELETE_KEY -> {
				if (!keys.isEmpty()) {
					String key = pick(keys);
					say("deletes %s", key);
					this.server.model().delete(key);
				}
			}
			case DELETE_TOPIC -> {
				String topic = pick(TOPICS);
				this.server.model().delete(new Keys("presence:", 0).topic(Keys.bucket(topic), topic));
			}
			case GARBAGE -> garbage(keys);
			case ROLLBACK -> {
				int ahead = this.random.nextBoolean() ? 0 : 60;
				if (ahead > 0) {
					this.server.jump(Duration.ofSeconds(ahead));
					this.clockMoved = true;
				}
				later(100 + this.random.nextInt(3000), () -> {
					say("rolls back");
					this.server.model().restore(dump);
					this.server.jump(Duration.ofSeconds(-ahead));
				});
			}
			case CLOCK -> {
				this.clockMoved = true;
				this.server.jump(Duration.ofSeconds(this.random.nextInt(1200) - 600));
			}
			case RESTART -> {
				boolean empty = this.random.nextBoolean();
				this.server.stop();
				away();
				later(this.random.nextInt(8000), () -> {
					say("starts again, empty: %s", empty);
					if (empty) {
						this.server.model().flush();
					}
					this.server.start();
					back();
				});
			}
			case FREEZE_REDIS -> {
				this.server.freeze();
				away();
				later(this.random.nextInt(14_000), () -> {
					say("redis goes on");
					this.server.thaw();
					back();
				});
			}
			case CUT -> victim.link().cut();
			case DEAFEN -> victim.link().deafen();
			case KILL -> {
				if (running().size() > 1 && victim.isRunning()) {
					say("kills %s", victim.name());
					victim.kill();
					start();
				}
			}
			case FREEZE -> {
				if (victim.isRunning()) {
					say("freezes %s", victim.name());
					victim.freeze();
					later(this.random.nextInt(16_000), () -> thaw(victim));
				}
			}
			case END -> {
				if (running().size() > 1 && victim.isRunning()) {
					end(victim);
				}
			}
		}
	}

	private void later(int millis, Runnable action) {
		this.lastBreak = Math.max(this.lastBreak, this.time.now() + Duration.ofMillis(millis).toNanos());
		this.time.after(Duration.ofMillis(millis), action);
	}

	private void end(SimulatedInstance victim) {
		say("ends %s", victim.name());
		victim.distrust();
		victim.engine()
			.goodbye(Duration.ofSeconds(2))
			.thenCompose((gone) -> victim.engine().end(Duration.ofSeconds(5)))
			.whenComplete((ended, error) -> {
				say("ended %s", victim.name());
				victim.kill();
			});
		start();
	}

	private void thaw(SimulatedInstance victim) {
		if (!victim.isRunning() && !victim.isKilled()) {
			say("thaws %s", victim.name());
			victim.thaw(harmless());
		}
	}

	private Duration harmless() {
		return this.settings.lease().minus(this.settings.leaseRenewal()).minusSeconds(1);
	}

	private void garbage(List<String> keys) {
		if (keys.isEmpty()) {
			return;
		}
		String key = pick(keys);
		say("garbage in %s", key);
		if (this.random.nextInt(3) == 0) {
			this.server.model().putString(key, "garbage");
		}
		else if (!key.endsWith(":instances")) {
			String[] fields = { "h", "mada", "mbob", "mdóra", "sx:y", "c", "seen", "guard", "__batch", "alpha" };
			this.server.model().putField(key, Octets.of(pick(List.of(fields))), "garbage");
		}
		this.server.publish(key, pick(List.of("garbage", "P2t1:0", "P1t1:03:abc1:0", "")));
	}

	private void calm() {
		say("calm");
		this.faults.lost = 0;
		this.faults.doubled = 0;
		this.faults.reordered = 0;
		this.faults.late = 0;
		this.faults.stalled = 0;
		this.server.errors = 0;
		this.server.start();
		this.server.thaw();
		back();
		this.instances.forEach(this::thaw);
	}

	private void heard(Event heard) {
		this.seen++;
		PresenceEvent event = heard.event();
		if (event instanceof PresenceEvent.Left left) {
			say("%s hears %s left %s (%s%s)", heard.instance().name(), left.topic(), left.member().key(), left.reason(),
					left.origin() ? ", origin" : "");
			if (!this.ending) {
				checkLeave(heard, left);
			}
		}
		else if (event instanceof PresenceEvent.Joined joined) {
			say("%s hears %s joined %s %s", heard.instance().name(), joined.topic(), joined.member().key(),
					joined.member().data());
		}
	}

	private void checkLeave(Event heard, PresenceEvent.Left left) {
		String key = left.member().key();
		if (heard.instance().isCatchingUp()) {
			return;
		}
		for (Tab tab : this.allTabs) {
			SimulatedInstance owner = this.owners.get(tab);
			if (tab.topic.equals(left.topic()) && tab.key.equals(key) && tab.closedAt < 0 && tab.refusal == null
					&& isKnown(tab, heard.at()) && owner.isTrusted(harmless())) {
				fail("%s saw %s leave %s (%s), who is there on %s since %d", heard.instance().name(), key, left.topic(),
						left.reason(), owner.name(), tab.joinedAt);
				return;
			}
			long gone = heard.at() - tab.closedAt;
			if (tab.topic.equals(left.topic()) && tab.key.equals(key) && tab.disconnected && isKnown(tab, tab.closedAt)
					&& left.reason() == LeaveReason.DISCONNECT && gone < this.settings.grace().toMillis() - 300
					&& owner.isTrusted(harmless())) {
				fail("%s saw %s leave %s %d ms after its connection was lost, within the grace time",
						heard.instance().name(), key, left.topic(), gone);
				return;
			}
		}
	}

	/**
	 * Tells whether everyone must have heard of a join. What happens while Redis is away
	 * is known when it is back.
	 */
	private boolean isKnown(Tab tab, long now) {
		long settling = (this.faults.stalled > 0) ? HELD_UP : SETTLING;
		long since = Math.max(tab.joinedAt, tab.hiddenUntil);
		return tab.joinedAt >= 0 && now - since > settling && (this.awaySince < 0 || since < this.awaySince - settling);
	}

	private void away() {
		if (this.awaySince < 0) {
			this.awaySince = this.time.millis();
		}
	}

	private void back() {
		if (this.awaySince >= 0 && !this.server.isAway()) {
			for (Tab tab : this.allTabs) {
				if (tab.joinedAt < 0 || Math.max(tab.joinedAt, tab.hiddenUntil) > this.awaySince - HELD_UP) {
					tab.hiddenUntil = this.time.millis() + 1000;
				}
			}
			this.awaySince = -1;
		}
	}

	private void checkRosters() {
		for (String topic : TOPICS) {
			Map<String, Tab> newest = new TreeMap<>();
			Map<String, Set<Object>> possible = new TreeMap<>();
			Set<String> ambiguous = new TreeSet<>();
			for (SimulatedInstance instance : running()) {
				for (Tab tab : instance.tabs()) {
					if (tab.topic.equals(topic)) {
						Tab other = newest.get(tab.key);
						possible.computeIfAbsent(tab.key, (key) -> new LinkedHashSet<>()).add(tab.data);
						if (other != null && Math.abs(other.dataAt - tab.dataAt) < 10) {
							ambiguous.add(tab.key);
						}
						if (other == null || other.dataAt < tab.dataAt) {
							newest.put(tab.key, tab);
						}
					}
				}
			}
			checkRedis(topic, newest.keySet());
			Map<String, Map<String, Object>> first = null;
			for (SimulatedInstance instance : running()) {
				Map<String, Map<String, Object>> roster = instance.roster(topic);
				if (!roster.keySet().equals(newest.keySet())) {
					fail("%s shows %s of %s, where %s are", instance.name(), roster.keySet(), topic, newest.keySet());
				}
				if (instance.engine().count(topic) != roster.size()) {
					fail("%s counts %d of %s", instance.name(), instance.engine().count(topic), roster);
				}
				first = (first != null) ? first : roster;
				if (!roster.equals(first)) {
					fail("%s shows %s of %s, another one %s", instance.name(), roster, topic, first);
				}
				roster.forEach((key, data) -> checkData(instance, topic, key, data, newest, possible, ambiguous));
				checkStates(instance, topic);
			}
		}
	}

	private void checkData(SimulatedInstance instance, String topic, String key, Map<String, Object> data,
			Map<String, Tab> newest, Map<String, Set<Object>> possible, Set<String> ambiguous) {
		Tab tab = newest.get(key);
		if (tab == null) {
			return;
		}
		boolean exact = !this.clockMoved && !ambiguous.contains(key);
		if (exact ? !data.get("d").equals(tab.data) : !possible.get(key).contains(data.get("d"))) {
			fail("%s shows %s of %s in %s, expected %s", instance.name(), data, key, topic,
					exact ? tab.data : possible.get(key));
		}
	}

	private void checkStates(SimulatedInstance instance, String topic) {
		instance.members(topic).forEach((member) -> {
			Set<Object> states = new LinkedHashSet<>();
			for (SimulatedInstance other : running()) {
				for (Tab tab : other.tabs()) {
					if (tab.topic.equals(topic) && tab.key.equals(member.key()) && tab.state > 0) {
						states.add(Map.of("s", tab.state));
					}
				}
			}
			boolean right = (member.state() == null) ? states.isEmpty() : states.contains(member.state());
			if (!right) {
				fail("%s shows state %s of %s in %s, expected one of %s", instance.name(), member.state(), member.key(),
						topic, states);
			}
		});
	}

	private void checkRedis(String topic, Set<String> expected) {
		Keys keys = new Keys("presence:", 0);
		RedisValue value = this.server.dump().get(keys.topic(Keys.bucket(topic), topic));
		Map<String, String> fields = (value != null) ? value.content() : Map.of();
		Set<String> members = new TreeSet<>();
		fields.forEach((field, text) -> {
			if (field.startsWith("m")) {
				members.add(Octets.text(field.substring(1)));
			}
		});
		if (!members.equals(expected)) {
			fail("Redis has %s of %s, where %s are", members, topic, expected);
		}
		String head = fields.get("h");
		if (!expected.isEmpty() && (head == null || !head.endsWith(" " + expected.size()))) {
			fail("Redis counts '%s' in %s, where %s are", head, topic, expected);
		}
	}

	private void checkJoins() {
		for (Tab tab : this.allTabs) {
			SimulatedInstance owner = this.owners.get(tab);
			if (!owner.isKilled() && owner.isRunning() && tab.joinedAt < 0) {
				fail("The join of %s into %s at %d on %s was never answered", tab.key, tab.topic, tab.openedAt,
						owner.name());
			}
		}
	}

	private void leaveAll() {
		this.ending = true;
		for (SimulatedInstance instance : running()) {
			List.copyOf(instance.tabs()).forEach(instance::close);
			TOPICS.forEach(instance::unobserve);
		}
		this.time.run(this.settings.grace().plusSeconds(8));
		Set<String> current = new TreeSet<>();
		running().forEach((instance) -> current.addAll(instance.store().registrations()));
		this.server.dump().forEach((key, value) -> {
			boolean foreign = this.profile.breaks().contains(Break.GARBAGE)
					&& value.content().getOrDefault("h", "").endsWith(" 0");
			if (key.contains(":t:") && !foreign) {
				fail("%s is left: %s", key, value);
			}
			if (key.contains(":i:")) {
				checkIndex(key, value, current);
			}
		});
		for (SimulatedInstance instance : running()) {
			if (instance.engine().statistics().topics() != 0) {
				fail("%s still has topics: %s", instance.name(), instance.engine().statistics());
			}
			String left = instance.store().remainder();
			if (!left.isEmpty()) {
				fail("%s still has %s", instance.name(), left);
			}
		}
	}

	/**
	 * A registration that lives may keep a topic in its index that was deleted by others:
	 * then it counts too much there. When the sorted set was deleted, an index in which
	 * nothing was ever counted expires by itself.
	 */
	private void checkIndex(String key, RedisValue value, Set<String> current) {
		boolean alive = current.contains(key.substring(key.lastIndexOf(':') + 1));
		boolean empty = value.content().size() == 1;
		if ((!alive || !empty) && !(this.profile.deletes() && (alive || empty))) {
			fail("%s is left: %s", key, value);
		}
	}

	private <T> T pick(List<T> list) {
		return list.get(this.random.nextInt(list.size()));
	}

	private void fail(String message, Object... arguments) {
		String text = "%d: %s".formatted(this.time.millis(), message.formatted(arguments));
		this.failures.add(text);
		say("FAILURE %s", text);
	}

	private void say(String message, Object... arguments) {
		if (this.verbose) {
			this.log.add("%6d %s".formatted(this.time.millis(), message.formatted(arguments)));
		}
	}

	/**
	 * What can break.
	 */
	enum Break {

		FLUSH, DELETE_KEY, DELETE_TOPIC, GARBAGE, ROLLBACK, CLOCK, RESTART, FREEZE_REDIS, CUT, DEAFEN, KILL, FREEZE, END

	}

	/**
	 * What kinds of faults a run has.
	 */
	enum Profile {

		PLAIN, NET(0.03, Break.CUT, Break.DEAFEN), STORE(0, Break.FLUSH, Break.DELETE_KEY, Break.DELETE_TOPIC),
		CORRUPT(0, Break.GARBAGE), SET_BACK(0, Break.ROLLBACK), CLOCKS(0, Break.CLOCK),
		AWAY(0, Break.RESTART, Break.FREEZE_REDIS), PROCESSES(0, Break.KILL, Break.FREEZE, Break.END), GRACE,
		EVERYTHING(0.02, Break.values());

		private final double net;

		private final List<Break> breaks;

		Profile() {
			this(0);
		}

		Profile(double net, Break... breaks) {
			this.net = net;
			this.breaks = List.of(breaks);
		}

		List<Break> breaks() {
			return this.breaks;
		}

		boolean deletes() {
			return !Collections.disjoint(this.breaks,
					List.of(Break.DELETE_KEY, Break.DELETE_TOPIC, Break.GARBAGE, Break.CLOCK, Break.ROLLBACK));
		}

		Duration grace() {
			return (this == GRACE) ? Duration.ofSeconds(12) : Duration.ZERO;
		}

		void faults(SimulatedLink.Faults faults) {
			faults.lost = this.net;
			faults.doubled = this.net;
			faults.reordered = this.net;
			faults.late = (this.net > 0) ? 0.5 : 0;
			faults.stalled = this.net / 20;
		}

	}

}
