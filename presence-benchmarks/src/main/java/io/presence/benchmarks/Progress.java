package io.presence.benchmarks;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts what clients were waiting for, and lets a benchmark wait for all of it.
 */
final class Progress {

	private final AtomicInteger missing = new AtomicInteger();

	/**
	 * Begins to count.
	 * @param expected how many there will be
	 */
	void expect(int expected) {
		this.missing.set(expected);
	}

	void one() {
		if (this.missing.decrementAndGet() == 0) {
			synchronized (this) {
				notifyAll();
			}
		}
	}

	synchronized void await() throws InterruptedException {
		while (this.missing.get() > 0) {
			wait();
		}
	}

}
