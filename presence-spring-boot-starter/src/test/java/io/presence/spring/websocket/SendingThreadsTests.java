package io.presence.spring.websocket;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

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
		TestFrame stuck = stuck();
		this.threads.send(stuck);
		stuck.started.await();
		TestFrame frame = new TestFrame(false);
		this.threads.send(frame);
		check();
		assertThat(frame.started.getCount()).isOne();
		check();
		frame.started.await();
		assertThat(frame.withoutWaiting).hasValue(0);
		assertThat(stuck.checks).hasValue(2);
	}

	@Test
	void framesAreSentWithoutWaitingWhenAllThreadsWait() throws Exception {
		TestFrame stuck = stuck();
		this.threads.send(stuck);
		TestFrame other = stuck();
		this.threads.send(other);
		check();
		check();
		other.started.await();
		TestFrame frame = new TestFrame(false);
		this.threads.send(frame);
		check();
		assertThat(frame.withoutWaiting).hasValue(0);
		check();
		assertThat(frame.withoutWaiting).hasValue(1);
		assertThat(frame.started.getCount()).isOne();
		assertThat(other.withoutWaiting).hasValue(0);
	}

	@Test
	void nothingIsCheckedOnceAllIsWritten() throws Exception {
		TestFrame frame = new TestFrame(false);
		this.threads.send(frame);
		frame.started.await();
		await().until(() -> {
			check();
			return this.checks.isEmpty();
		});
		this.threads.send(new TestFrame(false));
		assertThat(this.checks).hasSize(1);
	}

	private TestFrame stuck() {
		return new TestFrame(true);
	}

	private void check() {
		Runnable check = this.checks.poll();
		if (check != null) {
			check.run();
		}
	}

	private final class TestFrame implements SendingThreads.Frame {

		private final CountDownLatch started = new CountDownLatch(1);

		private final AtomicInteger withoutWaiting = new AtomicInteger();

		private final AtomicInteger checks = new AtomicInteger();

		private final boolean stuck;

		TestFrame(boolean stuck) {
			this.stuck = stuck;
		}

		@Override
		public void send() {
			this.started.countDown();
			try {
				if (this.stuck) {
					SendingThreadsTests.this.clientsRead.await();
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

		@Override
		public void sendWithoutWaiting() {
			this.withoutWaiting.incrementAndGet();
		}

		@Override
		public void check() {
			this.checks.incrementAndGet();
		}

	}

}
