package io.presence.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.presence.KickMode;
import io.presence.LeaveReason;
import io.presence.PresenceEvent;
import io.presence.PresenceMember;
import io.presence.PresenceRoster;
import io.presence.engine.ClientModel.Edge;
import io.presence.json.JsonText;
import io.presence.store.MemberState;
import io.presence.store.SimulatedStore;
import io.presence.store.SimulatedStore.Faults;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random operations on the engine over a store that is late, loses and repeats, and that
 * other instances share. Whenever everything has been answered, the service and every
 * client show what a plain list of all tabs in the cluster says; in between, every frame
 * fits what its client has, clients and service agree, nobody who stays is seen to leave,
 * and who leaves does so for a reason that there was.
 */
class SharedStoreModelTests {

	private static final int STEPS = 200;

	private static final JsonMapper mapper = new JsonMapper();

	@Test
	void whateverTheStoreDoesTheRosterBecomesTheTruth() {
		ModelRun.forEachSeed(Run::new);
	}

	private static final class Run extends ModelRun {

		private final boolean slowClients;

		private final boolean failingSelector;

		private final SimulatedStore store;

		private final PresenceEngine engine;

		private final List<Client> clients = new ArrayList<>();

		/** The tabs of other instances, by instance. */
		private final Map<String, List<Tab>> elsewhere = new LinkedHashMap<>();

		private final List<Tab> lingering = new ArrayList<>();

		/** Members that were there at the last rest, by topic. */
		private final Map<String, Set<String>> rested = new HashMap<>();

		/** What arrived or departed since the last rest, by topic and key. */
		private final Set<String> arrivals = new HashSet<>();

		private final Map<String, Set<String>> departures = new HashMap<>();

		private final Map<String, Map<String, Boolean>> heard = new HashMap<>();

		private long ref;

		private int remotes;

		private boolean throwing;

		Run(long seed) {
			super(seed);
			this.slowClients = this.maxMembers == 0 && this.random.nextInt(3) == 0;
			this.failingSelector = this.random.nextInt(4) == 0;
			Faults faults = switch (this.random.nextInt(5)) {
				case 0 -> Faults.NONE;
				case 1 -> new Faults(100, 0, 0, 0);
				case 2 -> new Faults(40, 0.2, 0.2, 0);
				case 3 -> new Faults(40, 0.1, 0.1, 0.1);
				default -> new Faults(8, 0.05, 0.05, 0.02);
			};
			this.store = new SimulatedStore(this.time, this.random, faults, this.maxMembers);
			this.store.whenWatched(this.heard::remove);
			this.engine = engine(this.store, this.slowClients).listenerExecutor(Runnable::run)
				.listeners(List.of(this::heard))
				.selector((user) -> {
					if (this.throwing) {
						throw new IllegalStateException("The selector fails");
					}
					return user;
				})
				.build();
			this.elsewhere.put("r1", new ArrayList<>());
			this.elsewhere.put("r2", new ArrayList<>());
		}

		@Override
		void run() {
			for (int step = 0; step < STEPS; step++) {
				step();
				this.time.runReady();
				List.copyOf(this.clients).stream().filter(Client::isGivenUp).forEach(this::close);
				this.clients.forEach(Client::read);
				if (this.random.nextInt(6) == 0) {
					checkAgreement();
				}
				if (this.random.nextInt(15) == 0) {
					rest();
				}
			}
			rest();
			finish();
		}

		private void finish() {
			List.copyOf(this.clients).forEach(this::close);
			for (String instance : this.elsewhere.keySet()) {
				for (Tab tab : List.copyOf(this.elsewhere.get(instance))) {
					closeElsewhere(instance, tab, LeaveReason.DISCONNECT);
				}
			}
			this.time.advance(Duration.ofSeconds(100));
			assertThat(this.store.isQuiet()).isTrue();
			assertThat(this.engine.topics()).isEmpty();
			assertThat(this.engine.statistics()).isEqualTo(new EngineStatistics(0, 0, 0, 0, 0, 0));
			assertThat(this.time.waiting()).isZero();
		}

		// What happens

		private void step() {
			int choice = this.random.nextInt(100);
			if (choice >= 80) {
				if (choice < 92) {
					remote();
				}
				else {
					pass(pause(8));
				}
				return;
			}
			if (this.clients.isEmpty() || choice < 10) {
				open();
				return;
			}
			Client client = oneOf(this.clients);
			String topic = oneOf(this.topics);
			if (choice < 32) {
				join(client, topic);
			}
			else if (choice < 41) {
				leave(client, topic);
			}
			else if (choice < 48) {
				log(client + " observes " + topic);
				client.receive(
						subscribe("__presence:" + topic, this.random.nextBoolean() ? ",\"heartbeat\":\"light\"" : ""));
				client.asked.add(topic);
			}
			else if (choice < 52) {
				log(client + " unobserves " + topic);
				client.receive(unsubscribe("__presence:" + topic));
				client.asked.remove(topic);
			}
			else if (choice < 60) {
				state(client, topic);
			}
			else if (choice < 66) {
				update(client);
			}
			else if (choice < 72) {
				if (this.grace && client.tabs.values().stream().anyMatch((tab) -> !tab.confirmed)) {
					rest();
				}
				close(client);
				if (this.grace) {
					rest();
				}
			}
			else if (choice < 74 && this.slowClients) {
				log(client + " takes nothing");
				client.transport.stall();
				client.lossy = true;
			}
			else if (choice < 76) {
				client.transport.resume();
			}
			else if (choice < 78) {
				kick(topic);
			}
			else {
				log(client + " asks for a snapshot of " + topic);
				client.receive(snapshot(topic));
			}
		}

		private void pass(long millis) {
			log(millis + " ms pass");
			if (millis > 1_000) {
				this.clients.forEach((each) -> each.transport.resume());
			}
			this.time.advance(Duration.ofMillis(millis));
			this.clients.forEach((each) -> each.session.alive());
			expire();
		}

		private void open() {
			Client client = new Client(user(3));
			log(client + " opens as " + client.user);
			this.clients.add(client);
		}

		private void join(Client client, String topic) {
			this.throwing = this.failingSelector && client.user != null && this.random.nextInt(4) == 0;
			Object state = (this.random.nextInt(4) == 0) ? (int) ++this.ref : null;
			String key = client.key(topic);
			log(client + " joins " + topic + " as " + key + ((state != null) ? " with " + state : "")
					+ (this.throwing ? ", but the selector fails" : ""));
			long order = this.store.stamp();
			client.receive(subscribe(topic, ",\"ref\":" + ++this.ref + ((state != null) ? ",\"state\":" + state : "")
					+ (client.observing ? "" : ",\"observe\":false")));
			if (this.throwing) {
				this.throwing = false;
				return;
			}
			arrived(topic, key);
			unlinger(topic, key);
			Tab tab = client.tabs.get(topic);
			if (tab == null || !tab.data.equals(client.data())) {
				tab = new Tab(topic, key, client.id(), client.data(), order, tab);
				client.tabs.put(topic, tab);
			}
			tab.confirmed = false;
			if (state != null) {
				tab.state = state;
				tab.n = order;
				tab.expiresAt = Long.MAX_VALUE;
			}
		}

		private void leave(Client client, String topic) {
			log(client + " leaves " + topic);
			client.receive(unsubscribe(topic));
			Tab tab = client.tabs.remove(topic);
			if (tab != null) {
				departed(tab.topic, tab.key, "leave");
			}
		}

		private void state(Client client, String topic) {
			Tab tab = client.tabs.get(topic);
			boolean clear = this.random.nextInt(3) == 0;
			boolean expires = !clear && this.random.nextInt(3) == 0;
			int value = (int) ++this.ref;
			log(client + (clear ? " clears its state in " : " has the state " + value + " in ") + topic
					+ (expires ? " for a second" : ""));
			long order = this.store.stamp();
			client.receive(state(topic, clear ? null : (Object) value, expires));
			if (tab != null) {
				tab.state = clear ? null : value;
				tab.n = order;
				tab.expiresAt = expires ? this.time.nanoTime() + 1_000_000_000L : Long.MAX_VALUE;
			}
		}

		private void update(Client client) {
			Map<String, Object> user = user(3);
			if (this.maxMembers > 0) {
				user = (client.user == null) ? null
						: Map.of("id", client.user.get("id"), "name", "n" + this.random.nextInt(3));
			}
			log(client + " is now " + user);
			client.user = user;
			long order = this.store.stamp();
			this.engine.update(client.session.connection(), user);
			client.tabs.replaceAll((topic, tab) -> {
				String key = client.key(topic);
				if (tab.key.equals(key) && tab.data.equals(client.data())) {
					return tab;
				}
				unlinger(topic, key);
				arrived(topic, key);
				if (!tab.key.equals(key)) {
					departed(topic, tab.key, "leave");
				}
				Tab fresh = new Tab(topic, key, client.id(), client.data(), order, tab);
				if (!tab.key.equals(key)) {
					fresh.n = order;
				}
				return fresh;
			});
		}

		private void close(Client client) {
			log(client + " closes");
			client.read();
			this.clients.remove(client);
			client.session.closed();
			client.tabs.values().forEach((tab) -> {
				tab.lost = client.isGivenUp() ? "timeout" : "disconnect";
				departed(tab.topic, tab.key, tab.lost);
				boolean last = this.clients.stream()
					.flatMap((other) -> other.tabs.values().stream())
					.noneMatch((other) -> other.topic.equals(tab.topic) && other.key.equals(tab.key));
				if (last && lingers(tab.topic, tab.key)) {
					tab.lingersUntil = this.time.nanoTime() + GRACE.toNanos();
					this.lingering.add(tab);
				}
			});
		}

		private void kick(String topic) {
			String key = String.valueOf(this.random.nextInt(5));
			log(key + " is kicked from " + topic);
			this.engine.kick(key, topic, KickMode.LEAVE);
			departed(topic, key, "kicked");
			unlinger(topic, key);
			for (Client client : this.clients) {
				client.tabs.values().removeIf((tab) -> tab.topic.equals(topic) && tab.key.equals(key));
			}
			this.elsewhere.values()
				.forEach((tabs) -> tabs.removeIf((tab) -> tab.topic.equals(topic) && tab.key.equals(key)));
		}

		private void remote() {
			String instance = "r" + (1 + this.random.nextInt(2));
			List<Tab> tabs = this.elsewhere.get(instance);
			int choice = this.random.nextInt(10);
			if (tabs.isEmpty() || (choice < 4 && tabs.size() < 6)) {
				String topic = this.topics.get(this.random.nextInt(2));
				String key = String.valueOf(this.random.nextInt(5));
				if (this.maxMembers > 0 && !truth(topic).containsKey(key)) {
					return;
				}
				Map<String, Object> data = Map.of("id", Integer.valueOf(key), "name", "n" + this.random.nextInt(3));
				Tab tab = new Tab(topic, key, instance + "-" + this.remotes++, data, this.store.stamp(), null);
				log(tab.connectionId + " joins " + topic + " as " + key + " " + data);
				tabs.add(tab);
				arrived(topic, key);
				hold(instance, topic, key);
				if (this.lingering.stream().anyMatch((each) -> each.topic.equals(topic) && each.key.equals(key))) {
					rest();
				}
				return;
			}
			Tab tab = oneOf(tabs);
			if (choice < 7) {
				closeElsewhere(instance, tab, LeaveReason.values()[this.random.nextInt(LeaveReason.values().length)]);
			}
			else {
				tab.state = (this.random.nextInt(3) == 0) ? null : (int) ++this.ref;
				tab.n = this.store.stamp();
				log(tab.connectionId + " has the state " + tab.state + " in " + tab.topic);
				this.store.remoteState(instance, tab.topic, tab.connectionId, (tab.state != null)
						? new MemberState(tab.key, JsonText.ofCanonical(tab.state.toString()), tab.n) : null);
			}
		}

		private void closeElsewhere(String instance, Tab tab, LeaveReason reason) {
			log(tab.connectionId + " closes: " + reason);
			this.elsewhere.get(instance).remove(tab);
			departed(tab.topic, tab.key, reason.name().toLowerCase(java.util.Locale.ROOT));
			this.store.remoteState(instance, tab.topic, tab.connectionId, null);
			if (!hold(instance, tab.topic, tab.key)) {
				this.store.remoteRelease(instance, tab.topic, tab.key, reason);
			}
		}

		private boolean hold(String instance, String topic, String key) {
			Tab newest = this.elsewhere.get(instance)
				.stream()
				.filter((tab) -> tab.topic.equals(topic) && tab.key.equals(key))
				.max((one, other) -> Long.compare(one.order, other.order))
				.orElse(null);
			if (newest != null) {
				this.store.remoteHold(instance, topic, key, JsonText.ofCanonical(json(newest.data)), newest.order);
			}
			return newest != null;
		}

		// What is true

		private void arrived(String topic, String key) {
			this.arrivals.add(topic + " " + key);
		}

		private void departed(String topic, String key, String reason) {
			this.departures.computeIfAbsent(topic + " " + key, (absent) -> new HashSet<>()).add(reason);
		}

		private void unlinger(String topic, String key) {
			this.lingering.removeIf((tab) -> tab.topic.equals(topic) && tab.key.equals(key));
		}

		/**
		 * Lets end what ends by time.
		 * @return whether anything did
		 */
		private boolean expire() {
			long now = this.time.nanoTime();
			List<Tab> tabs = tabs();
			boolean expired = this.lingering.removeIf((tab) -> tab.lingersUntil <= now);
			for (Tab tab : tabs) {
				if (tab.expiresAt <= now) {
					tab.state = null;
					tab.expiresAt = Long.MAX_VALUE;
					expired = true;
				}
			}
			return expired;
		}

		private List<Tab> tabs() {
			List<Tab> tabs = new ArrayList<>(this.lingering);
			this.clients.forEach((client) -> tabs.addAll(client.tabs.values()));
			this.elsewhere.values().forEach(tabs::addAll);
			return tabs;
		}

		private Map<String, Shown> truth(String topic) {
			Map<String, List<Tab>> byKey = new TreeMap<>();
			for (Tab tab : tabs()) {
				if (tab.topic.equals(topic)) {
					byKey.computeIfAbsent(tab.key, (absent) -> new ArrayList<>()).add(tab);
				}
			}
			Map<String, Shown> truth = new TreeMap<>();
			byKey.forEach((key, tabs) -> {
				Tab newest = tabs.stream().max((one, other) -> Long.compare(one.order, other.order)).orElseThrow();
				Tab stateful = tabs.stream()
					.filter((tab) -> tab.state != null)
					.max((one, other) -> Long.compare(one.n, other.n))
					.orElse(null);
				truth.put(key, new Shown(newest.data, (stateful != null) ? stateful.state : null));
			});
			return truth;
		}

		// What must hold

		/**
		 * Lets everything be answered and told, and compares with the truth.
		 */
		private void rest() {
			this.clients.forEach((client) -> client.transport.resume());
			boolean expired;
			do {
				this.time.advance(Duration.ofMillis(1_200));
				this.clients.forEach((each) -> each.session.alive());
				this.clients.forEach(Client::read);
				expired = expire();
			}
			while (expired || !this.store.isQuiet());
			log("rest");
			this.lingering.removeIf((tab) -> this.elsewhere.values()
				.stream()
				.flatMap(List::stream)
				.anyMatch((other) -> other.topic.equals(tab.topic) && other.key.equals(tab.key)));
			for (String topic : this.topics) {
				checkTruth(topic);
			}
			this.arrivals.clear();
			this.departures.clear();
			for (Tab tab : this.lingering) {
				departed(tab.topic, tab.key, tab.lost);
			}
			tabs().forEach((tab) -> tab.confirmed = true);
		}

		private void checkTruth(String topic) {
			Map<String, Shown> truth = truth(topic);
			Map<String, Shown> shown = new TreeMap<>();
			PresenceRoster roster = this.engine.roster(topic);
			for (PresenceMember member : roster.members()) {
				shown.put(member.key(), new Shown(member.data(), member.state()));
			}
			same(shown, truth, "the service", topic);
			same(roster.count(), truth.size(), "the count of the roster", topic);
			same(this.engine.count(topic), truth.size(), "the count", topic);
			same(this.engine.topics().contains(topic), !truth.isEmpty(), "whether there is anybody", topic);
			this.rested.put(topic, new HashSet<>(truth.keySet()));
			this.store.hasLost(topic);
			Map<String, Boolean> heard = this.heard.getOrDefault(topic, Map.of());
			heard.forEach((key, present) -> same(present, truth.containsKey(key), "the listener about " + key, topic));
			for (Client client : this.clients) {
				if (client.observes(topic)) {
					ClientModel.TopicModel model = client.model.topic(topic);
					assertThat(model).as(client + " in " + topic).isNotNull();
					same(model.members, members(truth), client, topic);
					same(states(model), states(truth), client + ", states", topic);
				}
				else if (!client.asked.contains(topic) && !client.tabs.containsKey(topic)) {
					assertThat(client.model.topic(topic)).as(client + " was unsubscribed from " + topic).isNull();
				}
				same(client.session.connection().topics().contains(topic), client.tabs.containsKey(topic),
						client + ", joined", topic);
			}
		}

		/**
		 * Compares what clients have with what the service answers at this moment.
		 */
		private void checkAgreement() {
			this.engine.flushDiffs();
			this.time.runReady();
			for (String topic : this.topics) {
				Map<String, JsonNode> expected = null;
				for (Client client : this.clients) {
					client.read();
					ClientModel.TopicModel model = client.model.topic(topic);
					if (client.observing && !client.lossy && model != null && model.epoch != null) {
						if (expected == null) {
							expected = new TreeMap<>();
							for (PresenceMember member : this.engine.list(topic)) {
								expected.put(member.key(), node(member.data()));
							}
							same(this.engine.count(topic), expected.size(), "the count", topic);
						}
						same(model.members, expected, client + ", like the service,", topic);
					}
				}
			}
		}

		private void edge(Client client, String topic, String key, Edge edge, @Nullable String reason) {
			if (client.lossy || edge == Edge.UPDATE) {
				return;
			}
			String member = topic + " " + key;
			Set<String> rested = this.rested.getOrDefault(topic, Set.of());
			Set<String> reasons = this.departures.getOrDefault(member, Set.of());
			if (edge == Edge.JOIN) {
				assertThat(this.arrivals.contains(member) || !reasons.isEmpty())
					.as(client + " sees " + key + " come to " + topic + " who did not")
					.isTrue();
				return;
			}
			assertThat(!reasons.isEmpty() || (this.maxMembers > 0 && !rested.contains(key)))
				.as(client + " sees " + key + " leave " + topic + " who did not")
				.isTrue();
			if (!"unknown".equals(reason)) {
				assertThat(reasons).as(client + " sees " + key + " leave " + topic).contains(reason);
			}
		}

		private void heard(PresenceEvent event) {
			Map<String, Boolean> heard = this.heard.computeIfAbsent(event.topic(), (absent) -> new HashMap<>());
			Boolean before = heard.get(event.key());
			if (event instanceof PresenceEvent.Joined) {
				assertThat(before).as(event.toString()).isNotEqualTo(true);
				heard.put(event.key(), true);
			}
			else if (event instanceof PresenceEvent.Left) {
				assertThat(before).as(event.toString()).isNotEqualTo(false);
				heard.put(event.key(), false);
			}
			else {
				assertThat(before).as(event.toString()).isNotEqualTo(false);
			}
		}

		private static Map<String, JsonNode> members(Map<String, Shown> truth) {
			Map<String, JsonNode> members = new TreeMap<>();
			truth.forEach((key, shown) -> members.put(key, node(shown.data)));
			return members;
		}

		private static Map<String, String> states(ClientModel.TopicModel model) {
			Map<String, String> states = new TreeMap<>();
			model.shownStates().forEach((key, state) -> states.put(key, state.toString()));
			return states;
		}

		private static Map<String, String> states(Map<String, Shown> truth) {
			Map<String, String> states = new TreeMap<>();
			truth.forEach((key, shown) -> {
				if (shown.state != null) {
					states.put(key, shown.state.toString());
				}
			});
			return states;
		}

		/**
		 * A client, and what it should be.
		 */
		private final class Client {

			private final RecordingTransport transport = new RecordingTransport();

			private final ClientModel model = new ClientModel(true, null,
					(topic, key, edge, reason) -> edge(this, topic, key, edge, reason));

			private final ClientSession session;

			/** Whether it observes what it joins. */
			private final boolean observing;

			private final Map<String, Tab> tabs = new HashMap<>();

			private final Set<String> asked = new TreeSet<>();

			private @Nullable Map<String, Object> user;

			private boolean lossy;

			Client(@Nullable Map<String, Object> user) {
				this.user = user;
				this.observing = Run.this.random.nextInt(6) != 0;
				this.session = Run.this.engine.open(this.transport, ConnectionDetails.ofUser(user));
			}

			String id() {
				return this.session.connection().id();
			}

			void receive(String frame) {
				this.session.receive(frame);
			}

			void read() {
				for (String frame : this.transport.take()) {
					this.model.receive(frame);
					if (frame.startsWith("{\"type\":\"subscribe-denied\"")) {
						denied(mapper.readTree(frame));
					}
					else if (frame.startsWith("{\"type\":\"error\"")) {
						error(mapper.readTree(frame));
					}
				}
			}

			private void denied(JsonNode frame) {
				if (frame.get("reason").asString().equals("limit")) {
					assertThat(Run.this.maxMembers).isPositive();
					this.tabs.remove(frame.get("topic").asString());
				}
				else {
					assertThat(frame.get("reason").asString()).isEqualTo("invalid-data");
				}
			}

			private void error(JsonNode frame) {
				String topic = frame.get("topic").asString();
				if (!this.lossy && Run.this.maxMembers == 0) {
					switch (frame.get("code").asString()) {
						case "not-observing" -> assertThat(observes(topic)).as(frame.toString()).isFalse();
						case "not-joined" -> assertThat(this.tabs).as(frame.toString()).doesNotContainKey(topic);
						default -> throw new AssertionError(frame);
					}
				}
			}

			boolean isGivenUp() {
				return this.transport.closeCode() != null;
			}

			boolean observes(String topic) {
				return this.asked.contains(topic) || (this.observing && this.tabs.containsKey(topic));
			}

			String key(String topic) {
				return ModelRun.key(this.user, id(), topic);
			}

			Map<String, Object> data() {
				return ModelRun.data(this.user);
			}

			@Override
			public String toString() {
				return id();
			}

		}

	}

	/**
	 * One connection in one topic, wherever it is.
	 */
	private static final class Tab {

		private final String topic;

		private final String key;

		private final String connectionId;

		private final Map<String, Object> data;

		private final long order;

		private String lost = "disconnect";

		private @Nullable Object state;

		private long n;

		private long expiresAt = Long.MAX_VALUE;

		private long lingersUntil;

		/** Whether it was there at a rest. */
		private boolean confirmed;

		Tab(String topic, String key, String connectionId, Map<String, Object> data, long order, @Nullable Tab before) {
			this.topic = topic;
			this.key = key;
			this.connectionId = connectionId;
			this.data = data;
			this.order = order;
			if (before != null) {
				this.state = before.state;
				this.n = before.n;
				this.expiresAt = before.expiresAt;
			}
		}

	}

	private record Shown(Map<String, Object> data, @Nullable Object state) {

	}

}
