package io.presence.redis;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;

import io.presence.redis.SimulationProfile.Break;
import io.presence.redis.model.RedisValue;

/**
 * Breaks what a simulated run consists of, and repairs it in the end.
 */
final class SimulatedFaults {

	private final SimulatedTime time;

	private final SimulationLog log;

	private final Random random;

	private final SimulatedServer server;

	private final SimulatedTruth truth;

	private final List<SimulatedInstance> instances;

	private final Runnable start;

	private boolean clockMoved;

	private long lastRepair;

	private final Set<SimulatedInstance> ending = new HashSet<>();

	SimulatedFaults(SimulatedTime time, SimulationLog log, Random random, SimulatedServer server, SimulatedTruth truth,
			List<SimulatedInstance> instances, Runnable start) {
		this.time = time;
		this.log = log;
		this.random = random;
		this.server = server;
		this.truth = truth;
		this.instances = instances;
		this.start = start;
	}

	/**
	 * Tells whether the clock of the server has jumped, so that stamps mean little.
	 */
	boolean hasMovedTheClock() {
		return this.clockMoved;
	}

	/**
	 * Returns when the last of the repairs comes that were begun.
	 */
	long lastRepair() {
		return this.lastRepair;
	}

	/**
	 * Tells whether an instance is still ending in order.
	 */
	boolean isEnding() {
		return !this.ending.stream().allMatch(SimulatedInstance::isKilled);
	}

	void cause(Break what) {
		this.log.say("FAULT %s", what);
		SimulatedInstance victim = pick(this.instances);
		switch (what) {
			case FLUSH -> {
				this.server.model().flush();
				this.truth.flushed();
			}
			case DELETE_KEY -> {
				List<String> keys = List.copyOf(this.server.dump().keySet());
				if (!keys.isEmpty()) {
					String key = pick(keys);
					this.log.say("deletes %s", key);
					this.server.model().delete(key);
				}
			}
			case DELETE_TOPIC -> {
				this.server.model().delete(SimulatedServer.key(pick(Simulation.TOPICS)));
			}
			case GARBAGE -> garbage(List.copyOf(this.server.dump().keySet()));
			case ROLLBACK -> rollback();
			case CLOCK -> {
				this.clockMoved = true;
				this.server.jump(Duration.ofSeconds(this.random.nextInt(1200) - 600));
			}
			case RESTART -> restart();
			case FREEZE_REDIS -> {
				this.server.freeze();
				this.truth.away();
				later(this.random.nextInt(14_000), () -> {
					this.log.say("redis goes on");
					this.server.thaw();
					back();
				});
			}
			case CUT -> {
				this.log.say("cuts %s", victim.name());
				victim.link().cut();
			}
			case DEAFEN -> {
				this.log.say("deafens %s", victim.name());
				victim.link().deafen();
			}
			case KILL -> {
				if (isDispensable(victim)) {
					this.log.say("kills %s", victim.name());
					victim.kill(this.truth.harmless());
					this.start.run();
				}
			}
			case FREEZE -> {
				if (victim.isRunning()) {
					this.log.say("freezes %s", victim.name());
					victim.freeze();
					later(this.random.nextInt(16_000), () -> thaw(victim));
				}
			}
			case END -> {
				if (isDispensable(victim)) {
					end(victim);
				}
			}
		}
	}

	/**
	 * Repairs everything.
	 */
	void calm() {
		this.log.say("calm");
		this.server.errors = 0;
		this.server.start();
		this.server.thaw();
		back();
		this.instances.forEach(this::thaw);
	}

	private boolean isDispensable(SimulatedInstance instance) {
		return instance.isRunning() && this.instances.stream().filter(SimulatedInstance::isRunning).count() > 1;
	}

	private void rollback() {
		SortedMap<String, RedisValue> dump = this.server.dump();
		int ahead = this.random.nextBoolean() ? 0 : 60;
		if (ahead > 0) {
			this.server.jump(Duration.ofSeconds(ahead));
			this.clockMoved = true;
		}
		later(100 + this.random.nextInt(3000), () -> {
			this.log.say("rolls back");
			this.server.model().restore(dump);
			this.truth.rolledBack();
			this.server.jump(Duration.ofSeconds(-ahead));
		});
	}

	private void restart() {
		boolean empty = this.random.nextBoolean();
		this.server.stop();
		this.truth.away();
		later(this.random.nextInt(8000), () -> {
			this.log.say("starts again, empty: %s", empty);
			if (empty) {
				this.server.model().flush();
				this.truth.flushed();
			}
			this.server.start();
			back();
		});
	}

	private void back() {
		if (!this.server.isAway()) {
			this.truth.back();
		}
	}

	private void later(int millis, Runnable action) {
		this.lastRepair = Math.max(this.lastRepair, this.time.now() + Duration.ofMillis(millis).toNanos());
		this.time.after(Duration.ofMillis(millis), action);
	}

	private void end(SimulatedInstance victim) {
		this.log.say("ends %s", victim.name());
		victim.distrust();
		this.ending.add(victim);
		victim.engine()
			.goodbye(Duration.ofSeconds(2))
			.thenCompose((gone) -> victim.engine().end(Duration.ofSeconds(5)))
			.whenComplete((ended, error) -> {
				this.log.say("ended %s", victim.name());
				victim.kill(this.truth.harmless());
			});
		this.start.run();
	}

	private void thaw(SimulatedInstance victim) {
		if (!victim.isRunning() && !victim.isKilled()) {
			this.log.say("thaws %s", victim.name());
			victim.thaw(this.truth.harmless());
		}
	}

	private void garbage(List<String> keys) {
		if (keys.isEmpty()) {
			return;
		}
		String key = pick(keys);
		this.log.say("garbage in %s", key);
		if (this.random.nextInt(3) == 0) {
			this.server.model().putString(key, "garbage");
		}
		else if (!key.endsWith(":instances")) {
			String[] fields = { "h", "mada", "mbob", "mdóra", "sx:y", "c", "seen", "guard", "__batch", "alpha" };
			this.server.model().putField(key, Octets.of(pick(List.of(fields))), "garbage");
		}
		this.server.publish(key, pick(List.of("garbage", "P2t1:0", "P1t1:03:abc1:0", "")));
	}

	private <T> T pick(List<T> list) {
		return list.get(this.random.nextInt(list.size()));
	}

}
