package io.presence.spring.conformance;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import io.presence.PresenceMember;
import io.presence.engine.PresenceEngine;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two thousand sockets join twenty topics, change their states, and go in every way there
 * is. What is left is the truth, on the server and in every client; and when all have
 * gone, nothing of them is left in memory. Replays with {@code -Dpresence.storm.seed}, as
 * far as threads and networks replay.
 */
class StormIT {

	private static final int TOPICS = 20;

	private static final int CLIENTS = 2000;

	/** One in so many sockets is a second tab of the user before it. */
	private static final int TABS = 5;

	private static final int IN_FLIGHT = 100;

	private static final int STEPS_IN_FLIGHT = 50;

	private static final Duration PATIENCE = Duration.ofSeconds(90);

	private final long seed = Long.getLong("presence.storm.seed", System.nanoTime());

	private final Random random = new Random(this.seed);

	private final JsonMapper mapper = new JsonMapper();

	@Test
	void everyRosterIsTheTruthAndNothingIsLeft() throws Exception {
		System.out.println("presence.storm.seed=" + this.seed);
		try (ConformanceServer server = ConformanceServer.start(ConformanceServer.Container.TOMCAT,
				"presence.websocket.ping-interval=5s", "presence.websocket.pong-timeout=20s",
				"presence.websocket.send-timeout=20s", "presence.heartbeat=2s", "server.tomcat.max-connections=10000");
				WireLoop loop = new WireLoop()) {
			warmUp(server, loop);
			Map<String, Long> before = LiveHeap.ofOurs();
			List<StormClient> remaining = storm(server, loop);
			awaitTruth(server, remaining);
			end(server, remaining);
			awaitEmptyHeap(before);
		}
	}

	private List<StormClient> storm(ConformanceServer server, WireLoop loop) throws Exception {
		Map<End, List<StormClient>> clients = new LinkedHashMap<>();
		List<String> doomed = new ArrayList<>();
		List<StormClient> opening = new ArrayList<>();
		for (int i = 0; i < CLIENTS; i++) {
			End end = End.of(this.random.nextInt(100));
			int person = (i % TABS == 0 && i > 0) ? i - 1 : i;
			String user = "user" + person;
			String topic = "storm:" + (person + person / TABS) % TOPICS;
			if (end == End.KILLED) {
				doomed.addAll(List.of(user, topic));
				continue;
			}
			StormClient client = new StormClient(loop, server.port(), user, topic);
			clients.computeIfAbsent(end, (key) -> new ArrayList<>()).add(client);
			opening.add(client);
			if (opening.size() == IN_FLIGHT) {
				awaitJoined(opening);
			}
		}
		Process process = StormProcess.start(server.port(), doomed);
		try {
			awaitJoined(opening);
			assertThat(server.engine().statistics().connections()).as(seed()).isEqualTo(CLIENTS);
			try (WireClient pacemaker = WireClient.open(loop, server.port(), "user=pacemaker")) {
				go(clients, process, pacemaker);
			}
		}
		finally {
			process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
		}
		return clients.get(End.STAYS);
	}

	/**
	 * Lets the clients change their states and go, in random order, as fast as the server
	 * answers and the clients read.
	 */
	private void go(Map<End, List<StormClient>> clients, Process process, WireClient pacemaker) {
		List<Runnable> steps = new ArrayList<>();
		clients.forEach((end, group) -> group.forEach((client) -> {
			for (int i = 0; i < 3; i++) {
				String state = (this.random.nextInt(4) == 0) ? "null" : "{\"x\":" + this.random.nextInt(1000) + "}";
				int expireAfter = (this.random.nextInt(3) == 0) ? 1 + this.random.nextInt(3000) : 0;
				steps.add(() -> client.publish(state, expireAfter));
			}
			steps.add(() -> end.end(client));
		}));
		steps.add(process::destroyForcibly);
		Collections.shuffle(steps, this.random);
		for (int i = 0; i < steps.size(); i++) {
			steps.get(i).run();
			if (i % STEPS_IN_FLIGHT == 0) {
				pacemaker.drain();
			}
		}
	}

	private void awaitTruth(ConformanceServer server, List<StormClient> remaining) {
		Map<String, Set<String>> truth = new HashMap<>();
		remaining.forEach((client) -> truth.computeIfAbsent(client.topic, (topic) -> new HashSet<>()).add(client.user));
		assertThat(truth).as(seed()).hasSize(TOPICS);
		Awaitility.await(seed()).atMost(PATIENCE).pollInterval(Duration.ofMillis(250)).untilAsserted(() -> {
			assertThat(remaining).extracting(StormClient::state).containsOnly("open");
			truth.forEach((topic, users) -> {
				Map<String, String> shown = new HashMap<>();
				for (PresenceMember member : server.service().list(topic)) {
					shown.put(member.key(),
							this.mapper.valueToTree(member.data()) + " " + this.mapper.valueToTree(member.state()));
				}
				assertThat(shown.keySet()).as(topic).isEqualTo(users);
				assertThat(server.service().count(topic)).isEqualTo(users.size());
				remaining.stream()
					.filter((client) -> client.topic.equals(topic))
					.forEach((client) -> assertThat(client.shown()).as(client.user).isEqualTo(shown));
				assertThat(remaining.stream()
					.filter((client) -> client.topic.equals(topic))
					.mapToLong(StormClient::version)
					.distinct()
					.count()).as("versions in " + topic).isEqualTo(1);
			});
		});
	}

	private void end(ConformanceServer server, List<StormClient> remaining) {
		remaining.forEach((client) -> End.values()[this.random.nextInt(3)].end(client));
		PresenceEngine engine = server.engine();
		server.rules().connections.clear();
		Awaitility.await(seed()).atMost(PATIENCE).untilAsserted(() -> {
			assertThat(server.service().topics()).isEmpty();
			assertThat(engine.statistics().connections()).isZero();
			assertThat(engine.statistics().topics()).isZero();
		});
	}

	private void awaitEmptyHeap(Map<String, Long> before) {
		Awaitility.await(seed()).atMost(PATIENCE).pollInterval(Duration.ofSeconds(1)).untilAsserted(() -> {
			Map<String, Long> grown = new HashMap<>(LiveHeap.ofOurs());
			grown.entrySet().removeIf((entry) -> entry.getValue() <= before.getOrDefault(entry.getKey(), 0L));
			assertThat(grown).as("classes of which more objects are alive than before").isEmpty();
		});
	}

	/**
	 * Loads the classes, so that what they keep for good is there before.
	 */
	private void warmUp(ConformanceServer server, WireLoop loop) throws Exception {
		StormClient client = new StormClient(loop, server.port(), "warm-up", "warm-up");
		client.joined.get(30, TimeUnit.SECONDS);
		client.publish("1", 1);
		try (WireClient pinging = WireClient.open(loop, server.port(), "user=warm-up")) {
			pinging.drain();
		}
		End.CLOSES.end(client);
		server.rules().connections.clear();
		PresenceEngine engine = server.engine();
		Awaitility.await()
			.atMost(PATIENCE)
			.until(() -> engine.statistics().connections() == 0 && engine.statistics().topics() == 0);
	}

	private void awaitJoined(List<StormClient> opening) throws Exception {
		CompletableFuture.allOf(opening.stream().map((client) -> client.joined).toArray(CompletableFuture[]::new))
			.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
		opening.clear();
	}

	private String seed() {
		return "presence.storm.seed=" + this.seed;
	}

	/**
	 * How a client goes, and how many in a hundred go like this.
	 */
	private enum End {

		CLOSES(25) {
			@Override
			void end(StormClient client) {
				client.socket().write(WireFrame.close(1000));
			}
		},

		DROPS(20) {
			@Override
			void end(StormClient client) {
				client.socket().drop();
			}
		},

		RESETS(15) {
			@Override
			void end(StormClient client) {
				client.socket().reset();
			}
		},

		STOPS_READING(5) {
			@Override
			void end(StormClient client) {
				client.socket().read(false);
			}
		},

		KILLED(15) {
			@Override
			void end(StormClient client) {
			}
		},

		STAYS(20) {
			@Override
			void end(StormClient client) {
			}
		};

		private final int share;

		End(int share) {
			this.share = share;
		}

		abstract void end(StormClient client);

		static End of(int percentile) {
			int sum = 0;
			for (End end : values()) {
				sum += end.share;
				if (percentile < sum) {
					return end;
				}
			}
			throw new IllegalArgumentException("No share of 100: " + percentile);
		}

	}

}
