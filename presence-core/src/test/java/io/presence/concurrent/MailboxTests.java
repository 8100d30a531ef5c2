package io.presence.concurrent;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class MailboxTests {

	@Test
	void tasksOfManyThreadsRunOneAtATimeInTheOrderOfEach() throws InterruptedException {
		ExecutorService executor = Executors.newFixedThreadPool(4);
		try {
			Mailbox mailbox = new Mailbox(executor);
			int threads = 8;
			int tasks = 20_000;
			int[] last = new int[threads];
			AtomicInteger running = new AtomicInteger();
			AtomicInteger wrong = new AtomicInteger();
			CountDownLatch done = new CountDownLatch(threads * tasks);
			for (int thread = 0; thread < threads; thread++) {
				int own = thread;
				executor.execute(() -> {
					for (int task = 1; task <= tasks; task++) {
						int number = task;
						mailbox.tell(() -> {
							if (running.getAndIncrement() != 0 || last[own] != number - 1) {
								wrong.incrementAndGet();
							}
							last[own] = number;
							running.decrementAndGet();
							done.countDown();
						});
					}
				});
			}
			assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
			assertThat(wrong).hasValue(0);
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void aTaskToldByATaskRunsAfterIt() {
		Mailbox mailbox = new Mailbox(Runnable::run);
		List<String> order = new ArrayList<>();
		mailbox.tell(() -> {
			mailbox.tell(() -> order.add("inner"));
			order.add("outer");
		});
		assertThat(order).containsExactly("outer", "inner");
	}

	@Test
	void aTaskThatThrowsDoesNotStopTheNext() {
		Mailbox mailbox = new Mailbox(Runnable::run);
		List<String> order = new ArrayList<>();
		mailbox.tell(() -> {
			mailbox.tell(() -> order.add("next"));
			throw new IllegalStateException("broken");
		});
		assertThat(order).containsExactly("next");
	}

	@Test
	void nobodyWorksForOthersWithoutEnd() {
		List<Runnable> handedOver = new ArrayList<>();
		Mailbox mailbox = new Mailbox(handedOver::add);
		AtomicInteger run = new AtomicInteger();
		mailbox.tell(() -> {
			for (int i = 0; i < 1_000; i++) {
				mailbox.tell(run::incrementAndGet);
			}
		});
		assertThat(run).hasValueLessThan(1_000);
		assertThat(handedOver).hasSize(1);
		while (!handedOver.isEmpty()) {
			handedOver.remove(0).run();
		}
		assertThat(run).hasValue(1_000);
		assertThat(Mailbox.isInside()).isFalse();
	}

}
