package io.presence.spring.autoconfigure;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(60)
class PresenceThreadsTests {

	@Test
	void queuesWhatNeedsMoreThreadsThanThereMayBe() throws InterruptedException {
		ThreadPoolExecutor pool = PresenceThreads.waitingPool(3);
		CountDownLatch release = new CountDownLatch(1);
		CountDownLatch waiting = new CountDownLatch(3);
		CountDownLatch done = new CountDownLatch(10);
		for (int i = 0; i < 10; i++) {
			pool.execute(() -> {
				waiting.countDown();
				await(release);
				done.countDown();
			});
		}
		waiting.await();
		assertThat(pool.getPoolSize()).isEqualTo(3);
		assertThat(pool.getQueue()).hasSize(7);
		release.countDown();
		done.await();
		pool.shutdown();
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> pool.execute(() -> {
		})).withMessage("The threads of presence have ended");
	}

	@Test
	void takesAnIdleThreadBeforeANewOne() throws InterruptedException {
		ThreadPoolExecutor pool = PresenceThreads.waitingPool(3);
		for (int i = 0; i < 5; i++) {
			CountDownLatch done = new CountDownLatch(1);
			pool.execute(done::countDown);
			done.await();
			while (!((OverflowQueue) pool.getQueue()).hasWaitingConsumer()) {
				Thread.onSpinWait();
			}
		}
		assertThat(pool.getLargestPoolSize()).isEqualTo(1);
		pool.shutdown();
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
