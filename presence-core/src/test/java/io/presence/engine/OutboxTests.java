package io.presence.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import io.presence.concurrent.VirtualScheduler;
import io.presence.engine.TestEngine.TestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The queue of one connection.
 */
class OutboxTests {

	private final VirtualScheduler time = new VirtualScheduler();

	private final TestEngine engine = TestEngine.alone();

	private final TestClient client = this.engine.open(null);

	private final Subscription subscription = subscription();

	private final HeldBack link = new HeldBack();

	private final List<String> heard = new ArrayList<>();

	private final Outbox outbox = new Outbox(this.link, this.time, 100, new Outbox.Owner() {

		@Override
		public void conflated() {
			OutboxTests.this.heard.add("conflated");
		}

		@Override
		public void overwhelmed() {
			OutboxTests.this.heard.add("overwhelmed");
		}

		@Override
		public void sendFailed() {
			OutboxTests.this.heard.add("failed");
		}

		@Override
		public void drained() {
			OutboxTests.this.heard.add("drained");
		}

	});

	@Test
	void oneFrameIsOnItsWayAtATimeInOrder() {
		control("a");
		control("b");
		presence("c");
		assertThat(this.link.sent).containsExactly("a");
		this.link.deliverAll();
		assertThat(this.link.sent).containsExactly("a", "b", "c");
	}

	@Test
	void anOverflowDropsPresenceFramesButNoOthers() {
		control("first");
		presence("x".repeat(60));
		control("second");
		presence("y".repeat(60));
		assertThat(this.heard).containsExactly("conflated");
		this.link.deliverAll();
		assertThat(this.link.sent).containsExactly("first", "second");
	}

	@Test
	void diffsOfATopicThatLostAFrameAreDroppedUntilItsSnapshot() {
		control("first");
		presence("x".repeat(60));
		presence("y".repeat(60));
		presence("a diff");
		this.outbox.snapshot(Frame.of("the snapshot"), this.subscription);
		presence("the next diff");
		this.link.deliverAll();
		assertThat(this.link.sent).containsExactly("first", "the snapshot", "the next diff");
	}

	@Test
	void aFrameLargerThanTheBoundPassesWhenTheQueueIsEmpty() {
		presence("x".repeat(1_000));
		this.link.deliverAll();
		assertThat(this.link.sent).hasSize(1);
		assertThat(this.heard).isEmpty();
	}

	@Test
	void theBoundIsInUtf8Bytes() {
		control("first");
		presence("é".repeat(40));
		presence("é".repeat(40));
		assertThat(this.heard).containsExactly("conflated");
	}

	@Test
	void otherFramesThatAloneExceedTheBoundEndTheConnection() {
		control("first");
		control("x".repeat(60));
		assertThat(this.heard).isEmpty();
		List<@Nullable Throwable> outcome = new ArrayList<>();
		this.outbox.control(Frame.of("y".repeat(60)), outcome::add);
		assertThat(this.heard).containsExactly("overwhelmed");
		assertThat(outcome).singleElement().isInstanceOf(IllegalStateException.class);
	}

	@Test
	void closingWaitsForWhatIsNeverDropped() {
		control("first");
		presence("dropped");
		control("goodbye");
		this.outbox.closeWhenDrained(1012, "bye");
		control("too late");
		assertThat(this.link.closed).isEmpty();
		this.link.deliverAll();
		assertThat(this.link.sent).containsExactly("first", "goodbye");
		assertThat(this.link.closed).containsExactly(1012);
		assertThat(this.heard).containsExactly("drained");
	}

	@Test
	void aFrameThatFailsIsReportedAndEveryWaitingCallbackIsAnswered() {
		List<@Nullable Throwable> outcome = new ArrayList<>();
		this.outbox.control(Frame.of("a"), outcome::add);
		this.outbox.control(Frame.of("b"), outcome::add);
		this.link.fail(new IllegalStateException("reset"));
		this.outbox.closed();
		assertThat(this.heard).containsExactly("failed");
		assertThat(outcome).hasSize(2).doesNotContainNull();
	}

	@Test
	void itTellsForHowLongAFrameHasBeenOnItsWay() {
		assertThat(this.outbox.sendingFor(this.time.nanoTime())).isZero();
		control("a");
		this.time.advance(Duration.ofSeconds(3));
		assertThat(this.outbox.sendingFor(this.time.nanoTime())).isEqualTo(3_000_000_000L);
		this.link.deliverAll();
		assertThat(this.outbox.sendingFor(this.time.nanoTime())).isZero();
	}

	private void control(String text) {
		this.outbox.control(Frame.of(text), null);
	}

	private void presence(String text) {
		this.outbox.presence(Frame.of(text), this.subscription);
	}

	private Subscription subscription() {
		return this.client.session.handle().retain("room");
	}

	/**
	 * A link that takes a frame when it is told to.
	 */
	private static final class HeldBack implements PresenceTransport {

		private final List<String> sent = new ArrayList<>();

		private final List<Integer> closed = new ArrayList<>();

		private @Nullable SendCallback waiting;

		@Override
		public void send(String frame, SendCallback callback) {
			assertThat(this.waiting).as("two frames at once").isNull();
			this.sent.add(frame);
			this.waiting = callback;
		}

		@Override
		public void ping() {
		}

		@Override
		public void close(int code, String reason) {
			this.closed.add(code);
		}

		void deliverAll() {
			while (this.waiting != null) {
				answer(null);
			}
		}

		void fail(Throwable failure) {
			answer(failure);
		}

		private void answer(@Nullable Throwable failure) {
			SendCallback callback = this.waiting;
			this.waiting = null;
			if (callback != null) {
				callback.done(failure);
			}
		}

	}

}
