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

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import io.presence.KickMode;
import io.presence.PresenceMember;
import io.presence.PresenceRoster;
import io.presence.store.InMemoryPresenceStore;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random operations on the engine and on a reference model that is obviously right: what
 * the service answers and what every client has must be what the model says, after each
 * step.
 */
class EngineModelTests {

	private static final int STEPS = 200;

	@Test
	void whateverHappensTheRosterIsTheTruth() {
		ModelRun.forEachSeed(Run::new);
	}

	private static final class Run extends ModelRun {

		private final PresenceEngine engine;

		private final List<Client> clients = new ArrayList<>();

		private final Map<String, Map<String, Linger>> lingering = new HashMap<>();

		private long order;

		private @Nullable ClientModel closed;

		Run(long seed) {
			super(seed);
			boolean smallQueues = this.random.nextInt(3) == 0;
			this.engine = engine(new InMemoryPresenceStore(this.time, this.maxMembers), smallQueues).build();
		}

		@Override
		void run() {
			for (int step = 0; step < STEPS; step++) {
				step();
				this.time.runReady();
				List.copyOf(this.clients).stream().filter(Client::isGivenUp).forEach(this::close);
				expire();
				checkService();
				if (this.random.nextInt(4) == 0) {
					this.engine.flushDiffs();
					this.time.runReady();
					checkClients(false);
				}
			}
			this.clients.forEach((client) -> client.transport.resume());
			this.time.advance(Duration.ofSeconds(5));
			expire();
			checkService();
			checkClients(true);
			finish();
		}

		private void finish() {
			for (Client client : List.copyOf(this.clients)) {
				close(client);
			}
			this.time.advance(Duration.ofSeconds(100));
			assertThat(this.engine.statistics()).isEqualTo(new EngineStatistics(0, 0, 0, 0, 0, 0));
			assertThat(this.time.waiting()).isZero();
		}

		private void step() {
			int choice = this.random.nextInt(100);
			if (this.clients.isEmpty() || choice < 10) {
				open();
				return;
			}
			Client client = oneOf(this.clients);
			String topic = oneOf(this.topics);
			if (choice < 35) {
				join(client, topic);
			}
			else if (choice < 45) {
				log(client + " leaves " + topic);
				client.receive(unsubscribe(topic));
				client.tabs.remove(topic);
				client.hadOneSnapshot.add(topic);
			}
			else if (choice < 53) {
				log(client + " observes " + topic);
				client.receive(subscribe("__presence:" + topic,
						(this.random.nextBoolean() ? ",\"heartbeat\":\"light\"" : "") + client.position(topic)));
				client.asked.add(topic);
			}
			else if (choice < 58) {
				log(client + " unobserves " + topic);
				client.receive(unsubscribe("__presence:" + topic));
				client.asked.remove(topic);
				client.hadOneSnapshot.add(topic);
			}
			else if (choice < 68) {
				state(client, topic);
			}
			else if (choice < 74) {
				update(client);
			}
			else if (choice < 80) {
				close(client);
			}
			else if (choice < 83) {
				client.stall();
			}
			else if (choice < 86) {
				log(client + " takes frames again");
				client.transport.resume();
				client.stalled = false;
			}
			else if (choice < 88) {
				kick(topic);
			}
			else if (choice < 90) {
				log(client + " asks for a snapshot of " + topic);
				client.receive(snapshot(topic));
			}
			else {
				long millis = pause(5);
				log(millis + " ms pass");
				if (millis > 1_000) {
					this.clients.forEach((each) -> each.transport.resume());
				}
				this.time.advance(Duration.ofMillis(millis));
				this.clients.forEach((each) -> each.session.alive());
			}
		}

		private void open() {
			Client client = new Client(user(2), this.random.nextBoolean() ? this.closed : null);
			log(client + " opens as " + client.user);
			this.clients.add(client);
		}

		private void join(Client client, String topic) {
			boolean withState = this.random.nextInt(4) == 0;
			boolean observe = this.random.nextInt(6) != 0;
			String state = withState ? ",\"state\":" + ++this.order : "";
			log(client + " joins " + topic + state + (observe ? "" : " without observing"));
			String key = client.key(topic);
			boolean isNew = !roster(topic).containsKey(key);
			boolean full = this.maxMembers > 0 && isNew && roster(topic).size() >= this.maxMembers;
			boolean lastOfOld = full && client.tabs.containsKey(topic);
			client.receive(subscribe(topic, state + (observe ? "" : ",\"observe\":false") + client.position(topic)));
			if (full && !lastOfOld) {
				return;
			}
			Linger lingered = this.lingering.getOrDefault(topic, Map.of()).get(key);
			if (lingered != null) {
				this.lingering.get(topic).remove(key);
			}
			Tab tab = client.tabs.get(topic);
			Map<String, Object> data = client.data();
			if (tab == null || !tab.data.equals(data)) {
				Tab fresh = new Tab(key, data, ++this.order);
				if (tab != null) {
					fresh.state = tab.state;
					fresh.stateOrder = tab.stateOrder;
					fresh.expiresAt = tab.expiresAt;
				}
				tab = fresh;
				client.tabs.put(topic, tab);
			}
			if (withState) {
				tab.state = this.order(state);
				tab.stateOrder = ++this.order;
				tab.expiresAt = Long.MAX_VALUE;
			}
			client.observes.put(topic, observe);
			if (!observe) {
				client.hadOneSnapshot.add(topic);
			}
		}

		private Object order(String state) {
			return Integer.valueOf(state.substring(state.indexOf(':') + 1));
		}

		private void state(Client client, String topic) {
			Tab tab = client.tabs.get(topic);
			boolean clear = this.random.nextInt(3) == 0;
			boolean expires = !clear && this.random.nextInt(3) == 0;
			int value = (int) ++this.order;
			log(client + (clear ? " clears its state in " : " has the state " + value + " in ") + topic
					+ (expires ? " for a second" : ""));
			client.receive(state(topic, clear ? null : (Object) value, expires));
			if (tab != null) {
				tab.state = clear ? null : value;
				tab.stateOrder = ++this.order;
				tab.expiresAt = expires ? this.time.nanoTime() + 1_000_000_000L : Long.MAX_VALUE;
			}
		}

		private void update(Client client) {
			if (this.maxMembers > 0) {
				return;
			}
			client.user = user(2);
			log(client + " is now " + client.user);
			this.engine.update(client.session.connection(), client.user);
			client.tabs.replaceAll((topic, tab) -> {
				String key = client.key(topic);
				if (tab.key.equals(key) && tab.data.equals(client.data())) {
					return tab;
				}
				this.lingering.getOrDefault(topic, new HashMap<>()).remove(key);
				Tab fresh = new Tab(key, client.data(), ++this.order);
				fresh.state = tab.state;
				fresh.stateOrder = (tab.key.equals(key)) ? tab.stateOrder : ++this.order;
				fresh.expiresAt = tab.expiresAt;
				return fresh;
			});
		}

		private void close(Client client) {
			log(client + " closes");
			this.clients.remove(client);
			client.session.closed();
			client.read();
			this.closed = client.model;
			client.tabs.forEach((topic, tab) -> {
				boolean last = this.clients.stream().noneMatch((other) -> {
					Tab theirs = other.tabs.get(topic);
					return theirs != null && theirs.key.equals(tab.key);
				});
				if (last && lingers(topic, tab.key)) {
					this.lingering.computeIfAbsent(topic, (absent) -> new HashMap<>())
						.put(tab.key, new Linger(tab, this.time.nanoTime() + GRACE.toNanos()));
				}
			});
		}

		private void kick(String topic) {
			String key = String.valueOf(this.random.nextInt(5));
			log(key + " is kicked from " + topic);
			this.engine.kick(key, topic, KickMode.LEAVE);
			this.lingering.getOrDefault(topic, new HashMap<>()).remove(key);
			for (Client client : this.clients) {
				Tab tab = client.tabs.get(topic);
				if (tab != null && tab.key.equals(key)) {
					client.tabs.remove(topic);
					client.hadOneSnapshot.add(topic);
				}
			}
		}

		private void expire() {
			long now = this.time.nanoTime();
			this.lingering.values().forEach((keys) -> keys.values().removeIf((linger) -> linger.until <= now));
			this.lingering.values().forEach((keys) -> keys.values().forEach((linger) -> linger.tab.expire(now)));
			this.clients.forEach((client) -> client.tabs.values().forEach((tab) -> tab.expire(now)));
		}

		/**
		 * Returns the members of a topic with the data and the state they must show.
		 */
		private Map<String, Shown> roster(String topic) {
			Map<String, List<Tab>> tabs = new TreeMap<>();
			this.lingering.getOrDefault(topic, Map.of())
				.forEach((key, linger) -> tabs.computeIfAbsent(key, (absent) -> new ArrayList<>()).add(linger.tab));
			for (Client client : this.clients) {
				Tab tab = client.tabs.get(topic);
				if (tab != null) {
					tabs.computeIfAbsent(tab.key, (absent) -> new ArrayList<>()).add(tab);
				}
			}
			Map<String, Shown> roster = new TreeMap<>();
			tabs.forEach((key, all) -> {
				Tab newest = all.stream().max((one, other) -> Long.compare(one.order, other.order)).orElseThrow();
				Tab stateful = all.stream()
					.filter((tab) -> tab.state != null)
					.max((one, other) -> Long.compare(one.stateOrder, other.stateOrder))
					.orElse(null);
				roster.put(key, new Shown(newest.data, (stateful != null) ? stateful.state : null));
			});
			return roster;
		}

		private void checkService() {
			for (String topic : this.topics) {
				PresenceRoster roster = this.engine.roster(topic);
				Map<String, Shown> shown = new TreeMap<>();
				for (PresenceMember member : roster.members()) {
					shown.put(member.key(), new Shown(member.data(), null));
				}
				Map<String, Shown> expected = new TreeMap<>();
				roster(topic).forEach((key, member) -> expected.put(key, new Shown(member.data, null)));
				same(shown, expected, "the service", topic);
				same(roster.count(), expected.size(), "the count of the roster", topic);
				same(this.engine.count(topic), expected.size(), "the count", topic);
			}
		}

		private void checkClients(boolean settled) {
			for (Client client : this.clients) {
				client.read();
				for (String topic : this.topics) {
					ClientModel.TopicModel model = client.model.topic(topic);
					if (!client.observing(topic) || (!settled && (client.lossy || client.hadOneSnapshot.contains(topic)
							|| model == null || model.epoch == null))) {
						continue;
					}
					assertThat(model).as(client + " in " + topic).isNotNull();
					Map<String, Object> expected = new TreeMap<>();
					Map<String, Object> states = new TreeMap<>();
					roster(topic).forEach((key, member) -> {
						expected.put(key, node(member.data));
						if (member.state != null) {
							states.put(key, String.valueOf(member.state));
						}
					});
					same(model.members, expected, client, topic);
					if (settled) {
						Map<String, Object> hasStates = new TreeMap<>();
						model.shownStates().forEach((key, state) -> hasStates.put(key, state.toString()));
						same(hasStates, states, client + ", states", topic);
					}
				}
			}
		}

		/**
		 * A client, and what it should be.
		 */
		private final class Client {

			private final RecordingTransport transport = new RecordingTransport();

			private final ClientModel model;

			/**
			 * Topics of which a further snapshot may wait a second, after one came
			 * before.
			 */
			private final Set<String> hadOneSnapshot = new HashSet<>();

			private final Set<String> asking = new HashSet<>();

			private final ClientSession session;

			private final Map<String, Tab> tabs = new HashMap<>();

			private final Set<String> asked = new HashSet<>();

			private final Map<String, Boolean> observes = new HashMap<>();

			private @Nullable Map<String, Object> user;

			private boolean stalled;

			private boolean lossy;

			Client(@Nullable Map<String, Object> user, @Nullable ClientModel before) {
				this.model = new ClientModel(true, before);
				this.user = user;
				this.session = Run.this.engine.open(this.transport, ConnectionDetails.ofUser(user));
			}

			void receive(String frame) {
				this.session.receive(frame);
			}

			void read() {
				this.transport.take().forEach(this.model::receive);
			}

			/**
			 * Tells whether more waits for it than may, of what is never dropped.
			 */
			boolean isGivenUp() {
				return this.transport.closeCode() != null;
			}

			void stall() {
				log(this + " takes nothing");
				this.transport.stall();
				this.stalled = true;
				this.lossy = true;
			}

			String key(String topic) {
				return ModelRun.key(this.user, this.session.connection().id(), topic);
			}

			Map<String, Object> data() {
				return ModelRun.data(this.user);
			}

			boolean observing(String topic) {
				return this.asked.contains(topic)
						|| (this.tabs.containsKey(topic) && this.observes.getOrDefault(topic, false));
			}

			String position(String topic) {
				ClientModel.TopicModel had = this.asking.add(topic) ? this.model.had(topic) : null;
				return (had != null) ? ",\"epoch\":\"" + had.epoch + "\",\"v\":" + had.version : "";
			}

			@Override
			public String toString() {
				return this.session.connection().id();
			}

		}

	}

	private static final class Tab {

		private final String key;

		private final Map<String, Object> data;

		private final long order;

		private @Nullable Object state;

		private long stateOrder;

		private long expiresAt = Long.MAX_VALUE;

		Tab(String key, Map<String, Object> data, long order) {
			this.key = key;
			this.data = data;
			this.order = order;
		}

		void expire(long now) {
			if (this.expiresAt <= now) {
				this.state = null;
				this.expiresAt = Long.MAX_VALUE;
			}
		}

	}

	private record Linger(Tab tab, long until) {

	}

	private record Shown(Map<String, Object> data, @Nullable Object state) {

	}

}
