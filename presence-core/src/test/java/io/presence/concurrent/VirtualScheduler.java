package io.presence.concurrent;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.Executor;

/**
 * Time that passes when a test says so, and an executor that runs what waits when time
 * passes: everything happens on the thread of the test, in an order that repeats.
 */
public final class VirtualScheduler implements Scheduler, Executor {

	private final PriorityQueue<Task> tasks = new PriorityQueue<>();

	private final Queue<Runnable> ready = new ArrayDeque<>();

	private long now = 1_000_000_000L;

	private long sequence;

	@Override
	public long nanoTime() {
		return this.now;
	}

	@Override
	public Cancellable schedule(Runnable action, Duration delay) {
		Task task = new Task(this.now + Math.max(0, delay.toNanos()), this.sequence++, action);
		this.tasks.add(task);
		return () -> this.tasks.remove(task);
	}

	@Override
	public void execute(Runnable action) {
		this.ready.add(action);
	}

	/**
	 * Runs what is due now.
	 */
	public void runReady() {
		advance(Duration.ZERO);
	}

	/**
	 * Lets time pass, running each task at its time.
	 * @param duration how long
	 */
	public void advance(Duration duration) {
		long end = this.now + duration.toNanos();
		while (true) {
			Runnable action = this.ready.poll();
			if (action != null) {
				action.run();
				continue;
			}
			Task task = this.tasks.peek();
			if (task == null || task.at > end) {
				break;
			}
			this.tasks.poll();
			this.now = Math.max(this.now, task.at);
			task.action.run();
		}
		this.now = end;
	}

	/**
	 * Returns how many tasks wait for their time.
	 * @return the number
	 */
	public int waiting() {
		return this.tasks.size() + this.ready.size();
	}

	private record Task(long at, long sequence, Runnable action) implements Comparable<Task> {

		@Override
		public int compareTo(Task other) {
			int order = Long.compare(this.at, other.at);
			return (order != 0) ? order : Long.compare(this.sequence, other.sequence);
		}

	}

}
