package io.presence.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;

import io.presence.concurrent.Scheduler;

/**
 * The time of a simulated run. Everything happens on one thread, in an order that depends
 * on nothing but the seed.
 */
final class SimulatedTime {

	private final PriorityQueue<Task> tasks = new PriorityQueue<>();

	private long now = Duration.ofDays(1).toNanos();

	private long sequence;

	long now() {
		return this.now;
	}

	long millis() {
		return Duration.ofNanos(this.now).toMillis() - Duration.ofDays(1).toMillis();
	}

	void at(long time, Runnable action) {
		this.tasks.add(new Task(Math.max(this.now, time), this.sequence++, action));
	}

	void after(Duration delay, Runnable action) {
		at(this.now + delay.toNanos(), action);
	}

	void run(Duration duration) {
		long end = this.now + duration.toNanos();
		for (Task task = this.tasks.peek(); task != null && task.at <= end; task = this.tasks.peek()) {
			this.tasks.poll();
			this.now = task.at;
			task.action.run();
		}
		this.now = end;
	}

	private record Task(long at, long sequence, Runnable action) implements Comparable<Task> {

		@Override
		public int compareTo(Task other) {
			int order = Long.compare(this.at, other.at);
			return (order != 0) ? order : Long.compare(this.sequence, other.sequence);
		}

	}

	/**
	 * The time and the threads of one process, which can be frozen and killed.
	 */
	static final class Process implements Scheduler, Executor {

		private final SimulatedTime time;

		private final List<Runnable> late = new ArrayList<>();

		private boolean frozen;

		private boolean killed;

		Process(SimulatedTime time) {
			this.time = time;
		}

		@Override
		public long nanoTime() {
			return this.time.now();
		}

		@Override
		public Cancellable schedule(Runnable task, Duration delay) {
			boolean[] cancelled = new boolean[1];
			this.time.after(delay, () -> run(() -> {
				if (!cancelled[0]) {
					task.run();
				}
			}));
			return () -> cancelled[0] = true;
		}

		@Override
		public void execute(Runnable task) {
			schedule(task, Duration.ZERO);
		}

		/**
		 * Runs what came to the process, as soon as it runs itself.
		 * @param task the task
		 */
		void run(Runnable task) {
			if (this.killed) {
				return;
			}
			if (this.frozen) {
				this.late.add(task);
			}
			else {
				task.run();
			}
		}

		boolean isRunning() {
			return !this.frozen && !this.killed;
		}

		boolean isKilled() {
			return this.killed;
		}

		void freeze() {
			this.frozen = true;
		}

		void thaw() {
			this.frozen = false;
			List<Runnable> due = List.copyOf(this.late);
			this.late.clear();
			due.forEach(this::run);
		}

		void kill() {
			this.killed = true;
			this.late.clear();
		}

	}

}
