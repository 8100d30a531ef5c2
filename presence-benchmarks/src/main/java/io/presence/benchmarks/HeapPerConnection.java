package io.presence.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.ArrayList;
import java.util.List;

import io.presence.engine.PresenceEngine;

/**
 * Measures the heap that a joined connection takes: all of the engine, with the public
 * data, without a socket.
 */
final class HeapPerConnection {

	private static final int CONNECTIONS = 100_000;

	private static final int TOPICS = 1_000;

	private HeapPerConnection() {
	}

	static void measure() throws InterruptedException {
		for (int run = 1; run <= 5; run++) {
			Progress progress = new Progress();
			progress.expect(CONNECTIONS);
			List<Client> clients = new ArrayList<>(CONNECTIONS);
			long empty = used();
			try (PresenceEngine engine = PresenceEngine.builder().build()) {
				for (int i = 0; i < CONNECTIONS; i++) {
					clients.add(new Client(engine, i, progress));
				}
				long opened = used();
				for (int i = 0; i < CONNECTIONS; i++) {
					clients.get(i).join("room:" + i % TOPICS);
				}
				progress.await();
				engine.flushDiffs();
				long joined = used();
				System.out.printf("Heap, run %d: an open connection %d B, a joined one %d B more%n", run,
						(opened - empty) / CONNECTIONS, (joined - opened) / CONNECTIONS);
			}
		}
	}

	private static long used() {
		MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
		for (int i = 0; i < 3; i++) {
			memory.gc();
		}
		return memory.getHeapMemoryUsage().getUsed();
	}

}
