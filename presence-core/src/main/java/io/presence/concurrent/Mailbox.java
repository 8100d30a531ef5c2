package io.presence.concurrent;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks one after the other, in the order in which they were told, each seeing all
 * that the ones before did. {@link #tell} never waits: whoever finds the mailbox idle
 * runs the tasks, and those that arrive meanwhile, on its own thread; after a few hundred
 * it hands the rest to the executor, so that nobody works for others without end. A task
 * that throws is logged, and the next one runs.
 */
public class Mailbox {

	private static final Logger logger = LoggerFactory.getLogger(Mailbox.class);

	private static final int TURN = 256;

	private static final ThreadLocal<Integer> depth = ThreadLocal.withInitial(() -> 0);

	private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

	private final AtomicInteger waiting = new AtomicInteger();

	private final Executor executor;

	/**
	 * Creates an idle mailbox.
	 * @param executor what runs tasks that no caller runs
	 */
	public Mailbox(Executor executor) {
		this.executor = executor;
	}

	/**
	 * Runs a task after all that were told before.
	 * @param task the task; it must be short and never wait
	 */
	public final void tell(Runnable task) {
		this.tasks.add(task);
		if (this.waiting.getAndIncrement() == 0) {
			drain();
		}
	}

	/**
	 * Tells whether the current thread is running a task of any mailbox, so that it must
	 * not wait for one.
	 * @return whether it is
	 */
	public static boolean isInside() {
		return depth.get() > 0;
	}

	/**
	 * Runs one task. A mailbox of a special kind may do more around it.
	 * @param task the task
	 */
	protected void run(Runnable task) {
		task.run();
	}

	/**
	 * Called after a task when no other waits, and now and then while others do. A
	 * mailbox of a special kind may do here what need not be done after each task.
	 */
	protected void caughtUp() {
	}

	private void drain() {
		depth.set(depth.get() + 1);
		try {
			for (int turn = 0; turn < TURN; turn++) {
				Runnable task = this.tasks.poll();
				if (task != null) {
					runSafely(() -> run(task));
				}
				if (this.waiting.get() == 1 || turn == TURN - 1) {
					runSafely(this::caughtUp);
				}
				if (this.waiting.decrementAndGet() == 0) {
					return;
				}
			}
		}
		finally {
			depth.set(depth.get() - 1);
		}
		this.executor.execute(this::drain);
	}

	private static void runSafely(Runnable action) {
		try {
			action.run();
		}
		catch (RuntimeException | Error ex) {
			logger.error("A presence task failed; the next one goes on", ex);
		}
	}

}
