package io.presence.engine;

import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import io.presence.InvalidTopicException;
import io.presence.JoinOption;
import io.presence.PresenceDataException;
import io.presence.PresenceLimitExceededException;
import io.presence.concurrent.Scheduler;
import io.presence.concurrent.VirtualScheduler;
import io.presence.engine.PresenceSettings.Limits;
import io.presence.engine.TestEngine.TestClient;
import io.presence.store.InMemoryPresenceStore;
import io.presence.store.SimulatedStore.Faults;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is over a limit is refused, with the name of the limit, and nobody is removed for
 * it.
 */
class LimitTests {

	@Test
	void connections() {
		TestEngine small = with(new Limits(2, 1000, 1000, 100, 0, 256, 16384, 1024, 1 << 20, 200));
		TestClient first = small.open(Map.of("id", 1)).join("a").join("b");
		small.open(Map.of("id", 2)).observe("a");
		refused(small, small.open(Map.of("id", 3)), "c", "presence.limits.max-connections");
		assertThat(small.keys("a")).containsExactly("1");
		first.leave("a").leave("b");
		small.open(Map.of("id", 3)).join("c");
		assertThat(small.keys("c")).containsExactly("3");
	}

	@Test
	void topics() {
		TestEngine small = with(new Limits(1000, 2, 1000, 100, 0, 256, 16384, 1024, 1 << 20, 200));
		TestClient ada = small.open(Map.of("id", 1)).join("a").join("b");
		refused(small, small.open(Map.of("id", 2)), "c", "presence.limits.max-topics");
		ada.leave("a");
		small.open(Map.of("id", 2)).join("c");
		assertThat(small.keys("c")).containsExactly("2");
	}

	@Test
	void aTopicThatIsRefusedIsTidiedUpWithoutTheLockOfTheConnection() {
		LockWatch time = new LockWatch();
		PresenceEngine engine = PresenceEngine.builder()
			.settings(PresenceSettings.defaults()
				.withLimits(new Limits(1000, 1, 1000, 100, 0, 256, 16384, 1024, 1 << 20, 200)))
			.scheduler(time)
			.executor(time.delegate)
			.build();
		ClientSession session = engine.open(new RecordingTransport(), ConnectionDetails.ofUser(Map.of("id", 1)));
		time.lock = session.handle();
		session.receive("{\"type\":\"subscribe\",\"topic\":\"a\"}");
		session.receive("{\"type\":\"subscribe\",\"topic\":\"b\"}");
		time.delegate.advance(Duration.ofSeconds(30));
		assertThat(engine.statistics().topics()).isOne();
		assertThat(time.scheduledUnderLock).isFalse();
	}

	@Test
	void aConnectionWithManyTopicsLeavesSomeForOthers() {
		TestEngine small = with(new Limits(1000, 110, 1000, 100, 0, 256, 16384, 1024, 1 << 20, 2000));
		TestClient greedy = small.open(Map.of("id", "greedy"));
		for (int i = 0; i < 110; i++) {
			greedy.join("greedy:" + i);
		}
		small.pass(100);
		assertThat(greedy.connection().topics()).hasSize(10);
		assertThat(small.failure(small.engine.join(greedy.connection(), "greedy:again")))
			.isInstanceOf(PresenceLimitExceededException.class)
			.hasMessageContaining("presence.limits.max-topics");
		TestClient modest = small.open(Map.of("id", "modest"));
		for (int i = 0; i < 5; i++) {
			modest.join("modest:" + i);
		}
		small.pass(100);
		assertThat(modest.connection().topics()).hasSize(5);
		greedy.join("modest:1");
		small.pass(100);
		assertThat(small.keys("modest:1")).containsExactly("greedy", "modest");
	}

	@Test
	void topicsPerConnection() {
		TestEngine small = with(new Limits(1000, 1000, 2, 100, 0, 256, 16384, 1024, 1 << 20, 200));
		TestClient ada = small.open(Map.of("id", 1)).join("a").observe("b");
		refused(small, ada, "c", "presence.limits.max-topics-per-connection");
		ada.leave("__presence:b").join("c");
		assertThat(small.keys("c")).containsExactly("1");
		assertThat(small.keys("a")).containsExactly("1");
	}

	@Test
	void connectionsPerKey() {
		TestEngine small = with(new Limits(1000, 1000, 1000, 2, 0, 256, 16384, 1024, 1 << 20, 200));
		TestClient first = small.open(Map.of("id", 1)).join("a");
		small.open(Map.of("id", 1)).join("b");
		refused(small, small.open(Map.of("id", 1)), "c", "presence.limits.max-connections-per-key");
		TestClient other = small.open(Map.of("id", 2)).join("c");
		assertThat(small.failure(small.engine.update(other.connection(), Map.of("id", 1))))
			.isInstanceOf(PresenceLimitExceededException.class);
		assertThat(small.keys("c")).containsExactly("2");
		first.session.closed();
		small.outcome(small.engine.update(other.connection(), Map.of("id", 1)));
		assertThat(small.keys("c")).containsExactly("1");
	}

	@Test
	void membersPerTopicRefuseOnlyWhoIsNew() {
		TestEngine[] full = { TestEngine.shared(Faults.NONE, 1, (builder) -> builder),
				TestEngine.shared(new Faults(30, 0.2, 0.2, 0.1), 1, (builder) -> builder) };
		for (TestEngine small : full) {
			TestClient ada = small.open(Map.of("id", 1)).join("room").settled();
			TestClient bob = small.open(Map.of("id", 2)).join("room");
			small.pass(2_000);
			assertThat(bob.link.take()).singleElement()
				.asString()
				.contains("\"type\":\"subscribe-denied\"", "\"reason\":\"limit\"");
			small.open(Map.of("id", 1)).join("room");
			small.engine.update(ada.connection(), Map.of("id", 1, "name", "new"));
			small.pass(2_000);
			assertThat(small.keys("room")).containsExactly("1");
			assertThat(small.member("room", "1").data()).containsEntry("name", "new");
		}
	}

	@Test
	void anUpdateToANewKeyInAFullTopicChangesNothing() {
		TestEngine small = TestEngine.shared(Faults.NONE, 1, (builder) -> builder);
		small.open(Map.of("id", 1, "name", "tab")).join("room");
		TestClient ada = small.open(Map.of("id", 1, "name", "Ada")).join("room");
		ada.state("room", "'here'").settled();
		assertThat(small.failure(small.engine.update(ada.connection(), Map.of("id", 2))))
			.hasRootCauseInstanceOf(PresenceLimitExceededException.class);
		small.pass(1_000);
		assertThat(small.keys("room")).containsExactly("1");
		assertThat(small.member("room", "1").data()).containsEntry("name", "Ada");
		assertThat(small.member("room", "1").state()).isEqualTo("here");
		assertThat(ada.connection().topics()).containsExactly("room");
	}

	@Test
	void aFullTopicDecidesAloneAboutAnUpdateToANewKey() {
		TestEngine small = TestEngine.shared(Faults.NONE, 2, (builder) -> builder);
		small.open(Map.of("id", "other")).join("full");
		TestClient tab = small.open(Map.of("id", "ada")).join("full").join("free");
		TestClient ada = small.open(Map.of("id", "ada")).join("full").join("free").settled();
		assertThat(small.failure(small.engine.update(ada.connection(), Map.of("id", "eve"))))
			.hasRootCauseInstanceOf(PresenceLimitExceededException.class);
		small.pass(1_000);
		assertThat(small.keys("full")).containsExactly("ada", "other");
		assertThat(small.keys("free")).containsExactly("ada", "eve");
		ada.join("later").settled();
		assertThat(small.keys("later")).containsExactly("eve");
		tab.session.closed();
		small.pass(1_000);
		assertThat(small.keys("full")).containsExactly("ada", "other");
		assertThat(small.keys("free")).containsExactly("eve");
	}

	@Test
	void anUpdateThatIsRefusedKeepsTheOrderOfTheTabsAndTheTimeOfTheState() {
		TestEngine small = TestEngine.shared(Faults.NONE, 1, (builder) -> builder);
		TestClient ada = small.open(Map.of("id", 1, "name", "older")).join("room");
		ada.send("{'type':'presence-state','topic':'room','state':1,'expireAfter':5000}");
		small.open(Map.of("id", 1, "name", "newer")).join("room").settled();
		small.failure(small.engine.update(ada.connection(), Map.of("id", 2)));
		small.pass(1_000);
		assertThat(small.member("room", "1").data()).containsEntry("name", "newer");
		assertThat(small.member("room", "1").state()).isEqualTo(1);
		small.pass(4_000);
		assertThat(small.member("room", "1").state()).isNull();
	}

	@Test
	void whoCannotHaveItsFormerKeyBackIsTold() {
		TestEngine small = TestEngine.shared(new Faults(30, 0, 0, 0), 1, (builder) -> builder);
		TestClient ada = small.open(Map.of("id", 1)).join("room").settled();
		small.engine.update(ada.connection(), Map.of("id", 2));
		TestClient watcher = small.open(null).observe("room").settled();
		for (int i = 0; i < 100; i++) {
			small.engine.update(ada.connection(), Map.of("id", i));
			small.pass(i % 40);
			if (i % 3 == 0) {
				small.open(Map.of("id", 1000 + i)).join("room");
			}
		}
		small.pass(2_000);
		watcher.frames();
		assertThat(watcher.model.topic("room").members).hasSize(1);
		ada.frames();
		assertThat(ada.model.topic("room") != null).isEqualTo(ada.connection().topics().contains("room"));
	}

	@Test
	void theInMemoryStoreCountsMembersToo() {
		TestEngine small = TestEngine.alone((builder) -> builder.store(new InMemoryPresenceStore(Runnable::run, 1)));
		TestClient ada = small.open(Map.of("id", 1)).join("room");
		refused(small, small.open(Map.of("id", 2)), "room", "presence.limits.max-members-per-topic");
		ada.leave("room");
		small.open(Map.of("id", 2)).join("room");
		assertThat(small.keys("room")).containsExactly("2");
	}

	@Test
	void topicLength() {
		TestEngine small = with(new Limits(1000, 1000, 1000, 100, 0, 4, 16384, 1024, 1 << 20, 200));
		TestClient ada = small.open(Map.of("id", 1)).join("12345");
		assertThat(ada.link.take()).singleElement().asString().contains("invalid-topic");
		assertThat(small.failure(small.engine.join(ada.connection(), "12345")))
			.isInstanceOf(InvalidTopicException.class);
		ada.join("😀😀😀😀");
		assertThat(small.keys("😀😀😀😀")).containsExactly("1");
	}

	@Test
	void dataBytes() {
		TestEngine small = with(new Limits(1000, 1000, 1000, 100, 0, 256, 30, 1024, 1 << 20, 200));
		TestClient large = small.open(Map.of("id", 1, "name", "é".repeat(20)));
		assertThat(small.failure(small.engine.join(large.connection(), "room"))).isInstanceOfSatisfying(
				PresenceLimitExceededException.class,
				(ex) -> assertThat(ex.property()).isEqualTo("presence.limits.max-data-bytes"));
		large.join("room");
		assertThat(large.link.take()).singleElement().asString().contains("\"reason\":\"invalid-data\"");
		assertThat(small.engine.count("room")).isZero();
		assertThat(small.counted("limit presence.limits.max-data-bytes")).isEqualTo(2);
	}

	@Test
	void frames() {
		TestEngine small = with(new Limits(1000, 1000, 1000, 100, 0, 256, 16384, 1024, 1 << 20, 3));
		TestClient ada = small.open(Map.of("id", 1)).join("room").settled();
		ada.send("{'type':'ping'}").send("{'type':'subscribe-batch','topics':['a','b','c']}");
		assertThat(ada.link.take()).filteredOn((frame) -> frame.contains("\"code\":\"rate-limited\""))
			.singleElement()
			.asString()
			.contains("retryAfter");
		assertThat(small.keys("b")).containsExactly("1");
		assertThat(small.keys("c")).isEmpty();
		small.pass(1_000);
		ada.send("{'type':'ping'}");
		assertThat(ada.link.take()).contains("{\"type\":\"pong\"}");
		assertThat(ada.link.closeCode()).isNull();
	}

	@Test
	void whoSendsTooMuchForThreeSecondsIsClosed() {
		TestEngine small = with(new Limits(1000, 1000, 1000, 100, 0, 256, 16384, 1024, 1 << 20, 3));
		TestClient ada = small.open(Map.of("id", 1)).join("room").settled();
		for (int second = 0; second < 3; second++) {
			for (int i = 0; i < 10; i++) {
				ada.send("{'type':'ping'}");
			}
			small.pass(1_000);
		}
		assertThat(ada.link.closeCode()).isEqualTo(1008);
		assertThat(small.engine.count("room")).isZero();
	}

	@Test
	void aSelectorThatFailsFailsThatJoinAndChangesNothing() {
		TestEngine failing = TestEngine.alone((builder) -> builder.selector((user) -> {
			if (user.equals("list")) {
				return java.util.List.of(1);
			}
			if (user.equals("null")) {
				return null;
			}
			if (user.equals("broken")) {
				throw new IllegalStateException("no");
			}
			return Map.of("id", user);
		}));
		TestClient good = failing.open("good").join("room");
		for (String bad : new String[] { "list", "null", "broken" }) {
			TestClient client = failing.open(bad);
			assertThat(failing.failure(failing.engine.join(client.connection(), "room", JoinOption.state(1))))
				.isInstanceOf(PresenceDataException.class);
			assertThat(client.join("room").link.take()).singleElement().asString().contains("invalid-data");
			assertThat(failing.failure(failing.engine.update(good.connection(), bad)))
				.isInstanceOf(PresenceDataException.class);
		}
		assertThat(failing.keys("room")).containsExactly("good");
		assertThat(good.connection().user()).isEqualTo("good");
	}

	private static void refused(TestEngine engine, TestClient client, String topic, String property) {
		assertThat(engine.failure(engine.engine.join(client.connection(), topic)))
			.isInstanceOfSatisfying(PresenceLimitExceededException.class, (ex) -> {
				assertThat(ex.property()).isEqualTo(property);
				assertThat(ex).hasMessageContaining(property);
				assertThat(engine.counted("limit " + property)).isOne();
			});
		client.link.take();
		client.join(topic);
		assertThat(client.link.take()).singleElement().asString().contains("\"reason\":\"limit\"");
		assertThat(engine.keys(topic)).doesNotContain(String.valueOf(client.connection().user()));
	}

	private static TestEngine with(Limits limits) {
		UnaryOperator<PresenceEngineBuilder> limited = (builder) -> builder
			.settings(PresenceSettings.defaults().withLimits(limits));
		return TestEngine.alone(limited);
	}

	/**
	 * Sees whether topics work for others on a thread that holds a lock.
	 */
	private static final class LockWatch implements Scheduler {

		private final VirtualScheduler delegate = new VirtualScheduler();

		private @Nullable Object lock;

		private boolean scheduledUnderLock;

		@Override
		public long nanoTime() {
			return this.delegate.nanoTime();
		}

		@Override
		public Cancellable schedule(Runnable task, Duration delay) {
			this.scheduledUnderLock |= this.lock != null && Thread.holdsLock(this.lock);
			return this.delegate.schedule(task, delay);
		}

	}

}
