package io.presence.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import io.presence.KickMode;
import io.presence.PresenceEvent;
import io.presence.PresenceMember;
import io.presence.concurrent.SystemScheduler;
import io.presence.engine.PresenceSettings.Limits;
import io.presence.store.InMemoryPresenceStore;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Real threads and real time on few topics: whatever the order was, the end is exact.
 */
class StressTests {

	private static final int RUNS = Integer.getInteger("presence.stress.runs", 3);

	private static final int THREADS = 8;

	private static final int STEPS = 400;

	private static final String[] TOPICS = { "a", "b", "c" };

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	@Test
	void manyThreadsOnFewTopicsEndExact() throws Exception {
		for (int run = 0; run < RUNS; run++) {
			new Run(run, 1 << 20, 0).go();
		}
	}

	@Test
	void manyThreadsWithTightQueuesEndExact() throws Exception {
		for (int run = 0; run < RUNS; run++) {
			new Run(run, 3_000, 0).go();
		}
	}

	@Test
	void manyThreadsInFullTopicsEndExact() throws Exception {
		for (int run = 0; run < RUNS; run++) {
			new Run(run, 1 << 20, 5).go();
		}
	}

	private static final class Run {

		private final int run;

		private final int maxOutbound;

		private final int maxMembers;

		private final Map<String, Set<String>> heard = new HashMap<>();

		private final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();

		private final List<Client> clients = new ArrayList<>();

		Run(int run, int maxOutbound, int maxMembers) {
			this.run = run;
			this.maxOutbound = maxOutbound;
			this.maxMembers = maxMembers;
		}

		void go() throws Exception {
			ExecutorService executor = Executors.newFixedThreadPool(4);
			try (SystemScheduler scheduler = new SystemScheduler("stress-timer")) {
				work(engine(scheduler, executor));
			}
			finally {
				executor.shutdownNow();
			}
			assertThat(this.violations).isEmpty();
		}

		private PresenceEngine engine(SystemScheduler scheduler, ExecutorService executor) {
			PresenceSettings defaults = PresenceSettings.defaults();
			PresenceSettings settings = new PresenceSettings(Duration.ofMillis(50), Duration.ofMillis(150),
					Duration.ZERO, Duration.ofMillis(2), Duration.ofMillis(5), defaults.pingInterval(),
					defaults.pongTimeout(), defaults.sendTimeout(), defaults.subscribeTimeout(),
					defaults.commandTimeout(), Duration.ofMillis(20),
					new Limits(1000, 1000, 1000, 1000, 0, 256, 16384, 1024, this.maxOutbound, 1_000_000));
			return PresenceEngine.builder()
				.settings(settings)
				.scheduler(scheduler)
				.executor(executor)
				.store(new InMemoryPresenceStore(executor, this.maxMembers))
				.listenerExecutor(executor)
				.listeners(List.of(this::heard))
				.build();
		}

		private void work(PresenceEngine engine) throws Exception {
			ExecutorService threads = Executors.newFixedThreadPool(THREADS);
			try {
				List<Future<List<Client>>> all = new ArrayList<>();
				for (int thread = 0; thread < THREADS; thread++) {
					all.add(threads.submit(worker(engine, this.run * 1_000 + thread)));
				}
				for (Future<List<Client>> each : all) {
					this.clients.addAll(each.get());
				}
			}
			finally {
				threads.shutdownNow();
			}
			this.clients.forEach((client) -> client.transport.resume());
			Awaitility.await().atMost(PATIENCE).untilAsserted(() -> checkEnd(engine));
			this.clients.forEach((client) -> client.session.closed());
			Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
				assertThat(engine.statistics()).isEqualTo(new EngineStatistics(0, 0, 0, 0, 0, 0));
				assertThat(engine.topics()).isEmpty();
			});
			engine.close();
		}

		private Callable<List<Client>> worker(PresenceEngine engine, long seed) {
			return () -> {
				Random random = new Random(seed);
				List<Client> own = new ArrayList<>();
				for (int step = 0; step < STEPS; step++) {
					if (own.size() < 2 || (own.size() < 6 && random.nextInt(10) == 0)) {
						own.add(new Client(engine, Map.of("id", random.nextInt(10), "name", "n" + random.nextInt(3))));
					}
					step(engine, random, own);
				}
				return own;
			};
		}

		private void step(PresenceEngine engine, Random random, List<Client> own) {
			Client client = own.get(random.nextInt(own.size()));
			String topic = TOPICS[random.nextInt(TOPICS.length)];
			switch (random.nextInt(12)) {
				case 0, 1, 2 -> client.session.receive("{\"type\":\"subscribe\",\"topic\":\"" + topic + "\"}");
				case 3 -> client.session.receive("{\"type\":\"subscribe\",\"topic\":\"" + topic + "\",\"state\":1}");
				case 4 -> client.session.receive("{\"type\":\"unsubscribe\",\"topic\":\"" + topic + "\"}");
				case 5 -> client.session.receive("{\"type\":\"subscribe\",\"topic\":\"__presence:" + topic + "\"}");
				case 6 -> client.session.receive("{\"type\":\"unsubscribe\",\"topic\":\"__presence:" + topic + "\"}");
				case 7 -> client.session.receive(
						"{\"type\":\"presence-state\",\"topic\":\"" + topic + "\",\"state\":" + random.nextInt() + "}");
				case 8 -> {
					Object id = ((Map<?, ?>) client.session.connection().user()).get("id");
					engine.update(client.session.connection(), Map.of("id", id, "name", "n" + random.nextInt(3)));
				}
				case 9 -> {
					own.remove(client);
					client.session.closed();
				}
				case 10 -> {
					if (random.nextBoolean()) {
						client.transport.stall();
					}
					else {
						client.transport.resume();
					}
				}
				default -> {
					if (random.nextInt(4) == 0) {
						engine.kick(String.valueOf(random.nextInt(10)), topic, KickMode.LEAVE);
					}
					else {
						engine.flushDiffs();
					}
				}
			}
		}

		private void checkEnd(PresenceEngine engine) {
			for (String topic : TOPICS) {
				Set<String> truth = new TreeSet<>();
				Map<String, Set<Object>> data = new HashMap<>();
				for (Client client : this.clients) {
					if (client.session.connection().topics().contains(topic)) {
						Map<?, ?> user = (Map<?, ?>) client.session.connection().user();
						String key = String.valueOf(user.get("id"));
						truth.add(key);
						data.computeIfAbsent(key, (absent) -> new HashSet<>()).add(user);
					}
				}
				Map<String, Object> shown = new TreeMap<>();
				for (PresenceMember member : engine.list(topic)) {
					shown.put(member.key(), member.data());
					assertThat(data.get(member.key())).as(member.key() + " in " + topic).contains(member.data());
				}
				assertThat(shown.keySet()).as(topic).isEqualTo(truth);
				assertThat(engine.count(topic)).isEqualTo(truth.size());
				assertThat(truth.size()).isLessThanOrEqualTo((this.maxMembers > 0) ? this.maxMembers : 10);
				synchronized (this.heard) {
					assertThat(this.heard.getOrDefault(topic, Set.of())).as("heard of " + topic).isEqualTo(truth);
				}
				for (Client client : this.clients) {
					client.check(topic, shown);
				}
			}
		}

		private void heard(PresenceEvent event) {
			synchronized (this.heard) {
				Set<String> present = this.heard.computeIfAbsent(event.topic(), (absent) -> new HashSet<>());
				if (!fits(event, present)) {
					this.violations.add(event.toString());
				}
			}
		}

		private static boolean fits(PresenceEvent event, Set<String> present) {
			if (event instanceof PresenceEvent.Joined) {
				return present.add(event.key());
			}
			if (event instanceof PresenceEvent.Left) {
				return present.remove(event.key());
			}
			return present.contains(event.key());
		}

	}

	private static final class Client {

		private final RecordingTransport transport = new RecordingTransport();

		private final ClientModel model = new ClientModel(true, null);

		private final ClientSession session;

		Client(PresenceEngine engine, Map<String, Object> user) {
			this.session = engine.open(this.transport, ConnectionDetails.ofUser(user));
		}

		void check(String topic, Map<String, Object> shown) {
			this.transport.take().forEach(this.model::receive);
			ClientModel.@Nullable TopicModel known = this.model.topic(topic);
			if (known != null) {
				Map<String, Object> has = new TreeMap<>();
				known.members.forEach((key, data) -> has.put(key,
						Map.of("id", data.get("id").asInt(), "name", data.get("name").asString())));
				assertThat(has).as(this.session.connection().id() + " in " + topic).isEqualTo(shown);
			}
		}

	}

}
