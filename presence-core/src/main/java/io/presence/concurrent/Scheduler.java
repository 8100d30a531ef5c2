package io.presence.concurrent;

import java.time.Duration;

/**
 * Time, and work to be done later. No wall clock: nothing depends on what time a machine
 * believes it is.
 */
public interface Scheduler {

	/**
	 * Returns a time that only grows, at the pace of the seconds.
	 * @return nanoseconds since an arbitrary moment
	 */
	long nanoTime();

	/**
	 * Runs a task once, after a delay. The task must be short and never wait.
	 * @param task the task
	 * @param delay the delay; zero or less: as soon as possible
	 * @return the means to cancel it
	 */
	Cancellable schedule(Runnable task, Duration delay);

	/**
	 * A task that may not have run yet.
	 */
	@FunctionalInterface
	interface Cancellable {

		/**
		 * Makes the task not run if it has not begun, and forgets it.
		 */
		void cancel();

	}

}
