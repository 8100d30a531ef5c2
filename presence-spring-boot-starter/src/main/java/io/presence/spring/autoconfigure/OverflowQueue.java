package io.presence.spring.autoconfigure;

import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RejectedExecutionHandler;
import java.util.concurrent.ThreadPoolExecutor;

/**
 * Lets a pool first use the threads that are idle, then grow up to its maximum, and only
 * then queue, without a bound. It must also be the pool's rejection handler.
 */
final class OverflowQueue extends LinkedTransferQueue<Runnable> implements RejectedExecutionHandler {

	private static final long serialVersionUID = 1;

	@Override
	public boolean offer(Runnable task) {
		return tryTransfer(task);
	}

	@Override
	public void rejectedExecution(Runnable task, ThreadPoolExecutor pool) {
		if (pool.isShutdown()) {
			throw new RejectedExecutionException("The threads of presence have ended");
		}
		super.offer(task);
		// All threads may have ended meanwhile.
		if (pool.getPoolSize() == 0 && remove(task)) {
			pool.execute(task);
		}
	}

}
