package io.presence.spring.websocket;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Timeout(60)
class SendingThreadsTests {

	private final Queue<Runnable> checks = new ArrayDeque<>();

	private final SendingThreads threads = new SendingThreads(1, 2, this.checks::add);

	private final CountDownLatch clientsRead = new CountDownLatch(1);

	@AfterEach
	void release() {
		this.clientsRead.countDown();
	}

	@Test
	void frameIsSentBesideThoseThatWaitForTheirClients() throws Exception {
		send(true).started.await();
		TestFrame frame = send(false);
		check();
		assertThat(frame.started.getCount()).isOne();
		check();
		assertThat(frame.failure.get()).isEqualTo("null");
		assertThat(frame.withoutWaiting).hasValue(0);
	}

	@Test
	void framesAreSentWithoutWaitingWhenAllThreadsWait() throws Exception {
		TestFrame other = occupyAllThreads();
		TestFrame frame = send(false);
		check();
		assertThat(frame.withoutWaiting).hasValue(0);
		check();
		assertThat(frame.withoutWaiting).hasValue(1);
		assertThat(frame.limits).containsExactly(Duration.ofSeconds(5));
		assertThat(frame.started.getCount()).isOne();
		assertThat(other.withoutWaiting).hasValue(0);
	}

	@Test
	void thereAreAsManyThreadsAsWaitThoughNothingIsQueuedForAWhile() throws Exception {
		occupyAllThreads();
		check();
		check();
		TestFrame frame = send(false);
		check();
		check();
		assertThat(frame.withoutWaiting).as("sent as soon as it is found to be stuck").hasValue(1);
	}

	@Test
	void theMoreClientsReadNothingTheLessIsWaitedForEach() throws Exception {
		TestFrame one = send(true);
		one.started.await();
		check();
		assertThat(one.limits).isEmpty();
		check();
		assertThat(one.limits).containsExactly(Duration.ofSeconds(10));
		TestFrame other = send(true);
		check();
		check();
		other.started.await();
		check();
		check();
		assertThat(Stream.of(one, other)).allSatisfy(
				(frame) -> assertThat(frame.limits.get(frame.limits.size() - 1)).isEqualTo(Duration.ofSeconds(5)));
	}

	@Test
	void nobodyWaitsForAClientThatIsGone() throws Exception {
		TestFrame frame = new TestFrame(true);
		SendingThreads.Sending sending = this.threads.prepare(frame);
		this.threads.send(sending);
		frame.started.await();
		sending.interrupt();
		assertThat(frame.failure.get()).contains("InterruptedException");
		assertThat(frame.interruptedAfterwards).isCompletedWithValue(false);
		sending.interrupt();
		TestFrame next = send(false);
		assertThat(next.failure.get()).isEqualTo("null");
	}

	@Test
	void aThreadOnWhichTheSessionClosesIsNotInterrupted() throws Exception {
		CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
		SendingThreads.Sending[] sending = new SendingThreads.Sending[1];
		TestFrame frame = new TestFrame(false);
		frame.duringWrite = () -> {
			sending[0].interrupt();
			interrupted.complete(Thread.currentThread().isInterrupted());
		};
		sending[0] = this.threads.prepare(frame);
		this.threads.send(sending[0]);
		assertThat(interrupted.get()).isFalse();
		assertThat(frame.failure.get()).isEqualTo("null");
	}

	@Test
	void nothingIsCheckedOnceAllIsWritten() throws Exception {
		send(false).failure.get();
		await().until(() -> {
			check();
			return this.checks.isEmpty();
		});
		send(false);
		assertThat(this.checks).hasSize(1);
	}

	private TestFrame occupyAllThreads() throws InterruptedException {
		send(true).started.await();
		TestFrame other = send(true);
		check();
		check();
		other.started.await();
		return other;
	}

	private TestFrame send(boolean stuck) {
		TestFrame frame = new TestFrame(stuck);
		this.threads.send(this.threads.prepare(frame));
		return frame;
	}

	private void check() {
		Runnable check = this.checks.poll();
		if (check != null) {
			check.run();
		}
	}

	private final class TestFrame implements SendingThreads.WritableFrame {

		private final CountDownLatch started = new CountDownLatch(1);

		private final AtomicInteger withoutWaiting = new AtomicInteger();

		private final List<Duration> limits = new CopyOnWriteArrayList<>();

		private final CompletableFuture<String> failure = new CompletableFuture<>();

		private final CompletableFuture<Boolean> interruptedAfterwards = new CompletableFuture<>();

		private final boolean stuck;

		private Runnable duringWrite = () -> {
		};

		TestFrame(boolean stuck) {
			this.stuck = stuck;
		}

		@Override
		public @Nullable Throwable write() {
			this.started.countDown();
			this.duringWrite.run();
			try {
				if (this.stuck) {
					SendingThreadsTests.this.clientsRead.await();
				}
				return null;
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				return ex;
			}
		}

		@Override
		public void written(@Nullable Throwable failure) {
			this.interruptedAfterwards.complete(Thread.currentThread().isInterrupted());
			this.failure.complete(String.valueOf(failure));
		}

		@Override
		public void writeWithoutWaiting() {
			this.withoutWaiting.incrementAndGet();
		}

		@Override
		public void limitWaits(Duration limit) {
			this.limits.add(limit);
		}

	}

}
