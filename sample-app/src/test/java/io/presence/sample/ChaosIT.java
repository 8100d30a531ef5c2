package io.presence.sample;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.lettuce.core.KillArgs;
import io.lettuce.core.api.sync.RedisCommands;
import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.sample.support.AppProcess;
import io.presence.sample.support.PresenceSocket;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two instances, many sockets that come, go and publish at random, and one fault after
 * the other. After each, every roster everywhere is right, and nobody who stayed was seen
 * to leave.
 * <p>
 * {@code -Dchaos.seconds=600 -Dchaos.sockets=1000 -Dchaos.seed=1} make it longer, larger,
 * and the same again. Two times are printed for each fault: until all who are there are
 * shown everywhere, which is to take one renewal and a second at most, and until nobody
 * else is, for which those who left unheard or with an instance have the lease and a
 * second.
 */
@ExtendWith(RedisServerExtension.class)
class ChaosIT {

	private static final int SECONDS = Integer.getInteger("chaos.seconds", 60);

	private static final int SOCKETS = Integer.getInteger("chaos.sockets", 1000);

	private static final long SEED = Long.getLong("chaos.seed", System.nanoTime());

	private static final int TOPICS = 10;

	private static final Duration LEASE = Duration.ofSeconds(3);

	private static final Duration RENEWAL = Duration.ofSeconds(1);

	private final Map<String, List<Healing>> healed = new TreeMap<>();

	private final Random random = new Random(SEED);

	private final List<Client> clients = new ArrayList<>();

	/** One that looks on at every topic, on the instance that never fails. */
	private final Map<String, PresenceSocket> observers = new TreeMap<>();

	private RedisServer redis;

	private AppProcess steady;

	private AppProcess shaky;

	private TestReporter reporter;

	@BeforeEach
	void start(RedisServer redis, TestReporter reporter) {
		this.redis = redis;
		this.reporter = reporter;
		report("chaos.seed", Long.toString(SEED));
		this.steady = startApp();
		this.shaky = startApp();
	}

	private AppProcess startApp() {
		return AppProcess.start("--presence.store=redis", "--spring.data.redis.port=" + this.redis.port(),
				"--presence.redis.lease=" + LEASE.toMillis() + "ms",
				"--presence.redis.lease-renewal=" + RENEWAL.toMillis() + "ms", "--presence.ttl=9s");
	}

	@AfterEach
	void stop() {
		this.clients.forEach((client) -> client.socket.abort());
		this.observers.values().forEach(PresenceSocket::abort);
		this.shaky.close();
		this.steady.close();
	}

	private void report(String name, String value) {
		this.reporter.publishEntry(name, value);
		System.out.println(name + ": " + value);
	}

	@Test
	@Timeout(value = 1, unit = TimeUnit.HOURS)
	void everyRosterIsRightAfterEveryFault() {
		for (int i = 0; i < TOPICS; i++) {
			this.observers.put(topic(i), PresenceSocket.observe(this.steady.port(), topic(i)));
		}
		for (int i = 0; i < SOCKETS / 2; i++) {
			open(this.steady, topic(i % TOPICS), "stays" + i, true);
		}
		move(SOCKETS / 2, true);
		settle("the start");
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
		List<Fault> faults = new ArrayList<>();
		do {
			if (faults.isEmpty()) {
				faults.addAll(List.of(Fault.values()));
			}
			Fault fault = faults.remove(this.random.nextInt(faults.size()));
			move(SOCKETS / 10, true);
			fault.happen(this);
			settle(fault.name());
		}
		while (System.nanoTime() < end);
		List.copyOf(this.clients).forEach(this::close);
		settle("all have left");
		this.healed.forEach((what, healings) -> report(what,
				"%d times, all shown after at most %d ms, nobody else after at most %d ms".formatted(healings.size(),
						healings.stream().mapToLong(Healing::shown).max().getAsLong(),
						healings.stream().mapToLong(Healing::exact).max().getAsLong())));
	}

	private static String topic(int i) {
		return "chaos:" + i;
	}

	/**
	 * Comes, goes and publishes at random; on the shaky instance only while that answers.
	 */
	private void move(int steps, boolean everywhere) {
		for (int i = 0; i < steps; i++) {
			List<Client> movers = this.clients.stream()
				.filter((client) -> !client.stays && (everywhere || client.app == this.steady))
				.toList();
			Client any = movers.isEmpty() ? null : movers.get(this.random.nextInt(movers.size()));
			int dice = this.random.nextInt(10);
			if (any == null || (dice < 5 && movers.size() < SOCKETS / 2)) {
				AppProcess app = (everywhere && this.random.nextBoolean()) ? this.shaky : this.steady;
				open(app, topic(this.random.nextInt(TOPICS)), "moves" + this.random.nextInt(SOCKETS), false);
			}
			else if (dice < 8) {
				any.state = JsonMapper.shared().createObjectNode().put("at", this.random.nextInt(1000));
				any.socket.publish(any.state);
			}
			else {
				close(any);
			}
		}
	}

	private void open(AppProcess app, String topic, String user, boolean stays) {
		this.clients.add(new Client(app, topic, user, stays,
				PresenceSocket.joining(app.port(), topic, user).orTimeout(60, TimeUnit.SECONDS).join()));
	}

	private void close(Client client) {
		this.clients.remove(client);
		if (this.random.nextBoolean()) {
			client.socket.close();
		}
		else {
			client.socket.abort();
		}
	}

	private void settle(String what) {
		settle(what, System.nanoTime());
	}

	private void settle(String what, long began) {
		long shown = millisUntil(what, began, () -> checkRosters(false));
		long exact = millisUntil(what, began, () -> checkRosters(true));
		this.healed.computeIfAbsent(what, (first) -> new ArrayList<>()).add(new Healing(shown, exact));
		report(what, "all shown after %d ms, nobody else after %d ms, with %d sockets".formatted(shown, exact,
				this.clients.size()));
		checkEdges();
	}

	private static long millisUntil(String what, long began, ThrowingRunnable check) {
		Awaitility.await(what + ", chaos.seed=" + SEED)
			.pollDelay(Duration.ZERO)
			.pollInterval(Duration.ofMillis(100))
			.atMost(Duration.ofSeconds(60))
			.untilAsserted(check);
		return (System.nanoTime() - began) / 1_000_000;
	}

	/**
	 * Checks that every roster has all who are there, and nobody else if it is to be
	 * exact.
	 */
	private void checkRosters(boolean exact) {
		for (String topic : this.observers.keySet()) {
			List<Client> here = this.clients.stream().filter((client) -> client.topic.equals(topic)).toList();
			Set<String> users = new HashSet<>();
			Map<String, JsonNode> states = new TreeMap<>();
			for (Client client : here) {
				assertThat(client.socket.isOpen()).as("%s in %s", client.user, topic).isTrue();
				users.add(client.user);
				if (client.state != null) {
					states.put(client.socket.connectionId(), client.state);
				}
			}
			Stream.concat(Stream.of(this.observers.get(topic)), here.stream().map((client) -> client.socket))
				.forEach((socket) -> {
					Map<String, JsonNode> seen = new TreeMap<>();
					socket.states().forEach((id, state) -> seen.put(id, state.state()));
					assertThat(socket.keys()).as(topic).containsAll(users);
					assertThat(seen).as(topic).containsAllEntriesOf(states);
					if (exact) {
						assertThat(socket.keys()).as(topic).isEqualTo(users);
						assertThat(socket.count()).as(topic).isEqualTo(users.size());
						assertThat(seen).as(topic).isEqualTo(states);
					}
				});
			Stream.of(this.steady, this.shaky).filter(AppProcess::isRunning).forEach((app) -> {
				JsonNode answer = JsonMapper.shared()
					.readTree(app.get("/api/rooms/" + topic, Duration.ofSeconds(10)).body());
				Set<String> told = new HashSet<>();
				answer.path("users").forEach((user) -> told.add(user.path("id").asString()));
				assertThat(told).as(topic).containsAll(users);
				if (exact) {
					assertThat(told).as(topic).isEqualTo(users);
					assertThat(answer.path("online").asInt()).as(topic).isEqualTo(users.size());
				}
			});
		}
	}

	/** Joins and leaves of one member alternate, and who stayed never left. */
	private void checkEdges() {
		this.observers.forEach((topic, observer) -> {
			Map<String, String> last = new HashMap<>();
			for (String edge : observer.edges()) {
				String[] words = edge.split(" ");
				assertThat(last.put(words[1], words[0])).as("before '%s' in %s, chaos.seed=%d", edge, topic, SEED)
					.isNotEqualTo(words[0]);
				if (this.clients.stream().anyMatch((client) -> client.stays && client.user.equals(words[1]))) {
					assertThat(words[0]).as("'%s' in %s, chaos.seed=%d", edge, topic, SEED).isEqualTo("join");
				}
			}
		});
		this.clients.stream()
			.filter((client) -> client.stays)
			.forEach((client) -> assertThat(client.socket.edges())
				.as("what %s saw in %s, chaos.seed=%d", client.user, client.topic, SEED)
				.noneMatch((edge) -> edge.startsWith("leave stays")));
	}

	/** Forgets the sockets of an instance that took them along. */
	private void forget(AppProcess app) {
		this.clients.removeIf((client) -> client.app == app);
	}

	/** Lets things go on for longer than a lease. */
	private void outlastLease() {
		long end = System.nanoTime() + LEASE.multipliedBy(2).toNanos();
		Awaitility.await()
			.pollInSameThread()
			.pollInterval(Duration.ofMillis(50))
			.atMost(Duration.ofSeconds(90))
			.until(() -> {
				move(1, false);
				return System.nanoTime() > end;
			});
	}

	/**
	 * How long something took to heal.
	 *
	 * @param shown milliseconds until all who are there were shown
	 * @param exact milliseconds until nobody else was
	 */
	private record Healing(long shown, long exact) {

	}

	private static final class Client {

		private final AppProcess app;

		private final String topic;

		private final String user;

		private final boolean stays;

		private final PresenceSocket socket;

		private JsonNode state;

		private Client(AppProcess app, String topic, String user, boolean stays, PresenceSocket socket) {
			this.app = app;
			this.topic = topic;
			this.user = user;
			this.stays = stays;
			this.socket = socket;
		}

	}

	private enum Fault {

		REDIS_IS_EMPTIED {

			@Override
			void happen(ChaosIT test) {
				test.redis.flush();
				test.move(10, true);
			}

		},

		A_KEY_IS_DELETED {

			@Override
			void happen(ChaosIT test) {
				List<String> keys = test.redis.execute((commands) -> commands.keys("presence:*"));
				if (!keys.isEmpty()) {
					String key = keys.get(test.random.nextInt(keys.size()));
					test.report("deleted", key);
					test.redis.execute((commands) -> commands.del(key));
				}
				test.move(10, true);
			}

		},

		REDIS_IS_FROZEN_LONGER_THAN_THE_LEASE {

			@Override
			void happen(ChaosIT test) {
				test.redis.pause();
				test.outlastLease();
				test.redis.resume();
			}

		},

		REDIS_IS_RESTARTED_EMPTY {

			@Override
			void happen(ChaosIT test) {
				test.redis.restartEmpty();
				test.move(10, true);
			}

		},

		SUBSCRIBERS_ARE_KILLED {

			@Override
			void happen(ChaosIT test) {
				test.redis.execute((commands) -> commands.clientKill(KillArgs.Builder.typePubsub()));
				test.move(10, true);
			}

		},

		SCRIPTS_ARE_FORGOTTEN {

			@Override
			void happen(ChaosIT test) {
				test.redis.execute(RedisCommands::scriptFlush);
				test.move(10, true);
			}

		},

		AN_INSTANCE_IS_KILLED {

			@Override
			void happen(ChaosIT test) {
				test.shaky.kill();
				long killed = System.nanoTime();
				test.forget(test.shaky);
				test.move(10, false);
				test.settle("AN_INSTANCE_IS_KILLED, seen by the other", killed);
				test.shaky = test.shaky.startAgain();
			}

		},

		AN_INSTANCE_IS_FROZEN {

			@Override
			void happen(ChaosIT test) {
				test.shaky.freeze();
				test.outlastLease();
				test.shaky.thaw();
			}

		},

		AN_INSTANCE_IS_RESTARTED {

			@Override
			void happen(ChaosIT test) {
				test.shaky.stop();
				test.forget(test.shaky);
				test.shaky = test.shaky.startAgain();
			}

		};

		abstract void happen(ChaosIT test);

	}

}
