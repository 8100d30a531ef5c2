package io.presence.concurrent;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time of the machine, with one daemon thread for the tasks. Closing it cancels what
 * has not begun.
 */
public final class SystemScheduler implements Scheduler, AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(SystemScheduler.class);

	private final ScheduledThreadPoolExecutor executor;

	/**
	 * Creates a scheduler.
	 * @param threadName the name of its thread
	 */
	public SystemScheduler(String threadName) {
		this.executor = new ScheduledThreadPoolExecutor(1, (task) -> {
			Thread thread = new Thread(task, threadName);
			thread.setDaemon(true);
			return thread;
		});
		this.executor.setRemoveOnCancelPolicy(true);
		this.executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
	}

	@Override
	public long nanoTime() {
		return System.nanoTime();
	}

	@Override
	public Cancellable schedule(Runnable task, Duration delay) {
		try {
			ScheduledFuture<?> future = this.executor.schedule(() -> run(task), delay.toNanos(), TimeUnit.NANOSECONDS);
			return () -> future.cancel(false);
		}
		catch (RejectedExecutionException ex) {
			return () -> {
			};
		}
	}

	@Override
	public void close() {
		this.executor.shutdown();
	}

	private static void run(Runnable task) {
		try {
			task.run();
		}
		catch (RuntimeException | Error ex) {
			logger.error("A scheduled presence task failed; the others go on", ex);
		}
	}

}
