package io.presence.spring.websocket;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Threads that send frames and wait for each until it is written, which is at once unless
 * a client stopped reading. There are more of them as soon as all wait for such clients,
 * and when there are as many as there may be, frames are sent without waiting.
 * <p>
 * Tomcat needs them: it tells with one of its worker threads that a frame was written
 * that nobody waited for, and answers a client's close or ping with another one, which
 * waits while a frame is on its way to that client. When a whole room hangs up, each
 * client of it is being told that others left, and all worker threads would wait for each
 * other. The more frames are late, the less may a worker thread wait for each of them.
 * Safe for use by several threads.
 */
final class SendingThreads {

	/** What worker threads may wait for late frames, taken together. */
	private static final Duration WORKER_TIME = Duration.ofSeconds(10);

	private static final Duration LEAST_SHARE = Duration.ofMillis(100);

	private static final Duration CHECK_INTERVAL = Duration.ofMillis(20);

	private static final int CORE_THREADS = 16;

	private static final int MAX_THREADS = 256;

	private static final Duration KEEP_ALIVE = Duration.ofSeconds(10);

	private final int coreThreads;

	private final int maxThreads;

	private final ThreadPoolExecutor pool;

	private final Executor later;

	/** Those that are queued or being written. */
	private final Set<Sending> unfinished = ConcurrentHashMap.newKeySet();

	private final AtomicBoolean checking = new AtomicBoolean();

	private @Nullable Runnable first;

	SendingThreads() {
		this(CORE_THREADS, MAX_THREADS, laterOnAThreadThatNeverWaits());
	}

	/**
	 * Creates the threads.
	 * @param coreThreads how many there are as long as clients read
	 * @param maxThreads how many there may be
	 * @param later runs a check a little later
	 */
	SendingThreads(int coreThreads, int maxThreads, Executor later) {
		this.coreThreads = coreThreads;
		this.maxThreads = maxThreads;
		this.later = later;
		this.pool = new ThreadPoolExecutor(coreThreads, maxThreads, KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS,
				new LinkedBlockingQueue<>(), threads("presence-send-"));
		this.pool.allowCoreThreadTimeOut(true);
	}

	/**
	 * Prepares to send a frame.
	 * @param frame what to send
	 * @return what is to be run, on a thread that may wait
	 */
	Sending prepare(WritableFrame frame) {
		Sending sending = new Sending(frame);
		this.unfinished.add(sending);
		checkLater();
		return sending;
	}

	/**
	 * Sends on one of the threads.
	 * @param sending what was prepared
	 */
	void send(Sending sending) {
		try {
			this.pool.execute(sending);
		}
		catch (RuntimeException | Error ex) {
			this.unfinished.remove(sending);
			throw ex;
		}
	}

	private static Executor laterOnAThreadThatNeverWaits() {
		ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1, threads("presence-send-check-"));
		scheduler.setKeepAliveTime(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS);
		scheduler.allowCoreThreadTimeOut(true);
		return (check) -> scheduler.schedule(check, CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
	}

	private static ThreadFactory threads(String prefix) {
		CustomizableThreadFactory factory = new CustomizableThreadFactory(prefix);
		factory.setDaemon(true);
		return factory;
	}

	private void checkLater() {
		if (this.checking.compareAndSet(false, true)) {
			this.later.execute(this::check);
		}
	}

	private void check() {
		try {
			limitWaits();
			BlockingQueue<Runnable> queue = this.pool.getQueue();
			Runnable next = queue.peek();
			boolean stuck = next != null && next == this.first;
			this.first = next;
			if (stuck) {
				relieve(queue);
			}
			else if (next == null && this.pool.getCorePoolSize() > this.coreThreads
					&& this.pool.getActiveCount() < this.coreThreads) {
				this.pool.setCorePoolSize(this.coreThreads);
			}
		}
		finally {
			this.checking.set(false);
			if (!this.unfinished.isEmpty()) {
				checkLater();
			}
		}
	}

	private void limitWaits() {
		List<Sending> late = new ArrayList<>();
		this.unfinished.forEach((sending) -> {
			if (sending.isLate()) {
				late.add(sending);
			}
		});
		if (!late.isEmpty()) {
			Duration share = WORKER_TIME.dividedBy(late.size());
			Duration limit = (share.compareTo(LEAST_SHARE) > 0) ? share : LEAST_SHARE;
			late.forEach((sending) -> sending.limitWaits(limit));
		}
	}

	private void relieve(BlockingQueue<Runnable> queue) {
		int threads = this.pool.getCorePoolSize();
		if (threads < this.maxThreads) {
			this.pool.setCorePoolSize(Math.min(threads * 2, this.maxThreads));
			return;
		}
		List<Runnable> left = new ArrayList<>();
		queue.drainTo(left);
		left.forEach((sending) -> ((Sending) sending).sendWithoutWaiting(WORKER_TIME.dividedBy(this.maxThreads)));
	}

	/**
	 * A frame that can be written in two ways.
	 */
	interface WritableFrame {

		/**
		 * Writes it, and waits until that is done.
		 * @return why it was not written, {@code null} if it was
		 */
		@Nullable Throwable write();

		/**
		 * Learns that {@link #write} is over.
		 * @param failure why it was not written, {@code null} if it was
		 */
		void written(@Nullable Throwable failure);

		/**
		 * Writes it some time, and learns itself when that is over.
		 */
		void writeWithoutWaiting();

		/**
		 * Bounds how long worker threads of the container wait for it from now on.
		 * @param limit how long
		 */
		void limitWaits(Duration limit);

	}

	/**
	 * A frame that is to be written, is being written, or was.
	 */
	final class Sending implements Runnable {

		private final WritableFrame frame;

		private @Nullable Thread writer;

		private boolean seen;

		private Sending(WritableFrame frame) {
			this.frame = frame;
		}

		@Override
		public void run() {
			synchronized (this) {
				this.writer = Thread.currentThread();
			}
			Throwable failure = this.frame.write();
			synchronized (this) {
				this.writer = null;
				// What was to interrupt the writing must not interrupt what follows.
				Thread.interrupted();
				this.frame.limitWaits(ContainerSession.WORKER_TIMEOUT);
			}
			SendingThreads.this.unfinished.remove(this);
			this.frame.written(failure);
		}

		/**
		 * Ends the waiting, because the session has closed.
		 */
		synchronized void interrupt() {
			if (this.writer == Thread.currentThread()) {
				// Its write failed, and the container closes the session on this thread.
				this.writer = null;
				Thread.interrupted();
			}
			else if (this.writer != null) {
				this.writer.interrupt();
			}
		}

		private synchronized boolean isLate() {
			boolean late = this.seen;
			this.seen = this.writer != null;
			return late && this.seen;
		}

		private synchronized void limitWaits(Duration limit) {
			if (this.writer != null) {
				this.frame.limitWaits(limit);
			}
		}

		private void sendWithoutWaiting(Duration limit) {
			SendingThreads.this.unfinished.remove(this);
			this.frame.limitWaits(limit);
			this.frame.writeWithoutWaiting();
		}

	}

}
