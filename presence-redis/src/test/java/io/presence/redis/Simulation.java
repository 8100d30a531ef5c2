package io.presence.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.presence.redis.SimulatedInstance.Tab;
import io.presence.redis.SimulationProfile.Break;

/**
 * A run of several instances on one simulated Redis, in which a seed decides what people
 * do and what breaks. It checks throughout that everybody is told what is true, and in
 * the end that every instance, every client and Redis show exactly who is there, and that
 * nothing is left when all have gone.
 */
final class Simulation {

	static final List<String> TOPICS = List.of("alpha", "beta", "gamma");

	private static final List<String> KEYS = List.of("ada", "bob", "cem", "dóra", "eve", "f:1", "g,2", "h;3");

	private final SimulatedTime time = new SimulatedTime();

	private final Random random;

	private final SimulationProfile profile;

	private final RedisStoreSettings settings;

	private final SimulationLog log;

	private final SimulatedServer server;

	private final SimulatedLink.Faults net = new SimulatedLink.Faults();

	private final SimulatedTruth truth;

	private final SimulatedFaults faults;

	private final List<SimulatedInstance> instances = new ArrayList<>();

	private int ids;

	Simulation(long seed, SimulationProfile profile, boolean verbose) {
		this.random = new Random(seed * 7919 + profile.ordinal());
		this.profile = profile;
		this.settings = new RedisStoreSettings("presence:", Duration.ofSeconds(10), Duration.ofSeconds(3),
				Duration.ofMillis(500), Duration.ofSeconds(90), profile.grace(), 0);
		this.log = new SimulationLog(this.time, verbose);
		this.server = new SimulatedServer(this.time, this.random, this.log::say);
		profile.faults(this.net, this.server);
		this.truth = new SimulatedTruth(this.time, this.log, profile, this.settings, this.net);
		this.faults = new SimulatedFaults(this.time, this.log, this.random, this.server, this.truth, this.instances,
				this::start);
		for (int i = 0; i < 3; i++) {
			start();
		}
	}

	/**
	 * Runs it.
	 * @return what went wrong
	 */
	List<String> run() {
		try {
			live();
			rest();
			leaveAll();
		}
		catch (AssertionError ex) {
			this.log.fail("A client got what it must not get: %s", ex.getMessage());
		}
		return this.log.failures();
	}

	List<String> log() {
		return this.log.lines();
	}

	/**
	 * Returns how many events instances heard.
	 */
	int heard() {
		return this.truth.heard();
	}

	private void live() {
		long end = this.time.now() + Duration.ofSeconds(15).toNanos();
		long nextFault = 500 + this.random.nextInt(1500);
		while (this.time.now() < end) {
			step(Duration.ofMillis(1 + this.random.nextInt(120)));
			act();
			if (!this.profile.breaks().isEmpty() && this.time.millis() > nextFault) {
				nextFault = this.time.millis() + 200 + this.random.nextInt(4000);
				this.faults.cause(pick(this.profile.breaks()));
			}
		}
		step(Duration.ofNanos(Math.max(0, this.faults.lastRepair() - this.time.now())));
	}

	private void rest() {
		Duration underWay = this.net.longestStall();
		this.net.end();
		this.faults.calm();
		step(underWay);
		while (this.faults.isEnding()) {
			step(Duration.ofMillis(100));
		}
		Duration grace = this.settings.grace();
		Duration longest = (grace.compareTo(this.settings.lease()) > 0) ? grace : this.settings.lease();
		if (this.profile.breaksAny(Break.ROLLBACK)) {
			// what comes back may be of the dead, whose time begins with the next lease
			// call
			longest = longest.plus(this.settings.leaseRenewal());
		}
		step(longest.plusSeconds(1));
		SimulationEnd end = new SimulationEnd(this.log, this.profile, this.server, running());
		end.checkRosters(!this.faults.hasMovedTheClock());
		end.checkJoins(this.truth.tabs());
		if (this.profile == SimulationProfile.PLAIN) {
			this.truth.checkEdges(running());
		}
	}

	private void leaveAll() {
		this.truth.ending();
		for (SimulatedInstance instance : running()) {
			List.copyOf(instance.tabs()).forEach(instance::close);
			TOPICS.forEach(instance::unobserve);
		}
		step(this.settings.grace().plusSeconds(8));
		new SimulationEnd(this.log, this.profile, this.server, running()).checkNothingIsLeft();
	}

	private void step(Duration duration) {
		this.time.run(duration);
		this.truth.look(this.server);
		for (SimulatedInstance instance : running()) {
			instance.client().read();
			TOPICS.stream().filter(instance.client()::knows).forEach((topic) -> checkCount(instance, topic));
		}
	}

	private void checkCount(SimulatedInstance instance, String topic) {
		int count = instance.engine().count(topic);
		int keys = instance.roster(topic).size();
		int listed = instance.members(topic).size();
		if (count != keys || count != listed) {
			this.log.fail("%s counts %d of %s", instance.name(), count, instance.members(topic));
		}
	}

	private SimulatedInstance start() {
		String name = "i" + this.instances.size();
		SimulatedInstance instance = new SimulatedInstance(name, this.time, this.server, this.random, this.net,
				this.settings, this::id, this.truth::heard);
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
		SimulatedInstance instance = pick(running);
		List<Tab> tabs = List.copyOf(instance.tabs());
		double chance = this.random.nextDouble();
		if (chance < 0.4 || tabs.isEmpty()) {
			Tab tab = instance.open(pick(TOPICS), pick(KEYS), this.random.nextInt(3));
			this.truth.opened(tab);
			this.log.say("%s joins %s %s d=%d", instance.name(), tab.topic, tab.key, tab.data);
			return;
		}
		Tab tab = pick(tabs);
		if (chance < 0.55) {
			instance.update(tab, this.random.nextInt(3));
			this.log.say("%s updates %s %s d=%d", instance.name(), tab.topic, tab.key, tab.data);
		}
		else if (chance < 0.65) {
			instance.state(tab, this.random.nextInt(3));
			this.log.say("%s state %s %s s=%d", instance.name(), tab.topic, tab.key, tab.state);
		}
		else if (chance < 0.83) {
			instance.leave(tab);
			this.log.say("%s leaves %s %s", instance.name(), tab.topic, tab.key);
		}
		else {
			instance.close(tab);
			this.log.say("%s closes %s %s", instance.name(), tab.topic, tab.key);
		}
	}

	private <T> T pick(List<T> list) {
		return list.get(this.random.nextInt(list.size()));
	}

}
