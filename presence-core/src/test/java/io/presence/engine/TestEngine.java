package io.presence.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

import io.presence.PresenceConnection;
import io.presence.PresenceEvent;
import io.presence.PresenceMember;
import io.presence.concurrent.VirtualScheduler;
import io.presence.store.SimulatedStore;
import io.presence.store.SimulatedStore.Faults;

/**
 * An engine on virtual time, and clients of it.
 */
final class TestEngine {

	final VirtualScheduler time = new VirtualScheduler();

	final List<PresenceEvent> events = new ArrayList<>();

	final Map<String, Integer> counted = new HashMap<>();

	final SimulatedStore store;

	final PresenceEngine engine;

	private TestEngine(SimulatedStore.@Nullable Faults faults, int maxMembers,
			UnaryOperator<PresenceEngineBuilder> customizer) {
		this.store = new SimulatedStore(this.time, new Random(1), (faults != null) ? faults : Faults.NONE, maxMembers);
		PresenceEngineBuilder builder = PresenceEngine.builder()
			.scheduler(this.time)
			.executor(this.time)
			.listenerExecutor(Runnable::run)
			.listeners(List.of(this.events::add))
			.metrics(new Counting());
		this.engine = customizer.apply((faults != null) ? builder.store(this.store) : builder).build();
	}

	/**
	 * Returns an engine that is alone.
	 */
	static TestEngine alone(UnaryOperator<PresenceEngineBuilder> customizer) {
		return new TestEngine(null, 0, customizer);
	}

	static TestEngine alone() {
		return alone((builder) -> builder);
	}

	/**
	 * Returns an engine whose store other instances share.
	 */
	static TestEngine shared(Faults faults, int maxMembers, UnaryOperator<PresenceEngineBuilder> customizer) {
		return new TestEngine(faults, maxMembers, customizer);
	}

	static PresenceSettings grace(long millis) {
		return PresenceSettings.defaults().withGrace(Duration.ofMillis(millis));
	}

	TestClient open(@Nullable Object user) {
		return new TestClient(this, user);
	}

	void pass(long millis) {
		this.time.advance(Duration.ofMillis(millis));
	}

	List<String> keys(String topic) {
		return this.engine.list(topic).stream().map(PresenceMember::key).sorted().toList();
	}

	@Nullable PresenceMember member(String topic, String key) {
		return this.engine.list(topic).stream().filter((member) -> member.key().equals(key)).findFirst().orElse(null);
	}

	int counted(String what) {
		return this.counted.getOrDefault(what, 0);
	}

	/**
	 * Waits, in virtual time, for the outcome of a call.
	 */
	<T> T outcome(CompletionStage<T> stage) {
		this.time.runReady();
		return stage.toCompletableFuture().join();
	}

	/**
	 * Returns how a call failed.
	 */
	Throwable failure(CompletionStage<?> stage) {
		this.time.runReady();
		return stage.handle((value, failure) -> {
			if (failure == null) {
				throw new AssertionError("The call succeeded: " + value);
			}
			return failure;
		}).toCompletableFuture().getNow(new AssertionError("The call has not been answered"));
	}

	/**
	 * One client and its link.
	 */
	static final class TestClient {

		final RecordingTransport link = new RecordingTransport();

		final ClientModel model = new ClientModel(false, null);

		final ClientSession session;

		private final TestEngine engine;

		TestClient(TestEngine engine, @Nullable Object user) {
			this.engine = engine;
			this.session = engine.engine.open(this.link, ConnectionDetails.ofUser(user));
			this.link.take();
		}

		PresenceConnection connection() {
			return this.session.connection();
		}

		String id() {
			return connection().id();
		}

		TestClient send(String frame) {
			this.session.receive(frame.replace('\'', '"'));
			return this;
		}

		TestClient join(String topic) {
			return send("{'type':'subscribe','topic':'" + topic + "'}");
		}

		TestClient observe(String topic) {
			return join("__presence:" + topic);
		}

		TestClient leave(String topic) {
			return send("{'type':'unsubscribe','topic':'" + topic + "'}");
		}

		TestClient state(String topic, String state) {
			return send("{'type':'presence-state','topic':'" + topic + "','state':" + state + "}");
		}

		/**
		 * Returns the frames since the last call, each checked by the rules of the
		 * protocol.
		 */
		List<String> frames() {
			List<String> frames = this.link.take();
			frames.forEach(this.model::receive);
			return frames;
		}

		/**
		 * Returns the only diff since the last call.
		 */
		String diff() {
			List<String> diffs = diffs();
			if (diffs.size() != 1) {
				throw new AssertionError("Not one diff: " + diffs);
			}
			return diffs.get(0);
		}

		List<String> diffs() {
			return frames().stream().filter((frame) -> frame.contains("\"event\":\"diff\"")).toList();
		}

		/**
		 * Lets a while pass in which everything is flushed, and forgets it.
		 */
		TestClient settled() {
			this.engine.pass(1_100);
			frames();
			return this;
		}

	}

	private final class Counting implements PresenceMetrics {

		@Override
		public void joined() {
			count("joined");
		}

		@Override
		public void joinAborted(String reason) {
			count("aborted " + reason);
		}

		@Override
		public void limitExceeded(String property) {
			count("limit " + property);
		}

		@Override
		public void denied() {
			count("denied");
		}

		@Override
		public void frameRefused(String code) {
			count("refused " + code);
		}

		@Override
		public void conflated() {
			count("conflated");
		}

		@Override
		public void listenerFailed() {
			count("listener failed");
		}

		@Override
		public void eventDropped() {
			count("event dropped");
		}

		private void count(String what) {
			TestEngine.this.counted.merge(what, 1, Integer::sum);
		}

	}

}
