package io.presence.spring.autoconfigure;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.springframework.core.task.VirtualThreadTaskExecutor;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

import io.presence.concurrent.Scheduler;
import io.presence.concurrent.SystemScheduler;

/**
 * The threads of presence. No beans of their own: an {@link Executor} or a scheduler
 * among the beans would make those of Spring Boot back off.
 */
final class PresenceThreads implements AutoCloseable {

	private static final int MAX_WAITING_THREADS = 512;

	private static final long KEEP_ALIVE_SECONDS = 30;

	private final SystemScheduler scheduler = new SystemScheduler("presence-scheduler");

	private final Executor executor;

	private final Executor waitingExecutor;

	private final Executor listenerExecutor;

	PresenceThreads(boolean virtual) {
		if (virtual) {
			this.executor = new VirtualThreadTaskExecutor("presence-");
			this.waitingExecutor = this.executor;
			this.listenerExecutor = this.executor;
		}
		else {
			int threads = Math.max(4, Runtime.getRuntime().availableProcessors() * 2);
			this.executor = pool("presence-", threads, threads, new LinkedBlockingQueue<>());
			this.waitingExecutor = waitingPool(MAX_WAITING_THREADS);
			this.listenerExecutor = pool("presence-listener-", 0, Integer.MAX_VALUE, new SynchronousQueue<>());
		}
	}

	/**
	 * Returns what runs the work of the engine, which never waits.
	 */
	Executor executor() {
		return this.executor;
	}

	/**
	 * Returns what runs work that may wait for a slow link. What would need more threads
	 * than it may have is queued.
	 */
	Executor waitingExecutor() {
		return this.waitingExecutor;
	}

	/**
	 * Returns what runs the listeners of the application, of which each takes one thread
	 * at the most.
	 */
	Executor listenerExecutor() {
		return this.listenerExecutor;
	}

	Scheduler scheduler() {
		return this.scheduler;
	}

	@Override
	public void close() {
		this.scheduler.close();
		shutdown(this.executor);
		shutdown(this.waitingExecutor);
		shutdown(this.listenerExecutor);
	}

	private static void shutdown(Executor executor) {
		if (executor instanceof ThreadPoolExecutor pool) {
			pool.shutdown();
		}
	}

	static ThreadPoolExecutor waitingPool(int maxThreads) {
		OverflowQueue queue = new OverflowQueue();
		ThreadPoolExecutor pool = pool("presence-wait-", 0, maxThreads, queue);
		pool.setRejectedExecutionHandler(queue);
		return pool;
	}

	private static ThreadPoolExecutor pool(String prefix, int core, int max, BlockingQueue<Runnable> queue) {
		CustomizableThreadFactory factory = new CustomizableThreadFactory(prefix);
		factory.setDaemon(true);
		ThreadPoolExecutor pool = new ThreadPoolExecutor(core, max, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS, queue,
				factory);
		pool.allowCoreThreadTimeOut(core > 0);
		return pool;
	}

}
