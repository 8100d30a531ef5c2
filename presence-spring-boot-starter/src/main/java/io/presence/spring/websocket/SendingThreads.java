package io.presence.spring.websocket;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
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
 * other. Safe for use by several threads.
 */
final class SendingThreads {

	private static final Duration CHECK_INTERVAL = Duration.ofMillis(20);

	private static final int FEW = 16;

	private static final int MOST = 256;

	private static final Duration KEEP_ALIVE = Duration.ofSeconds(10);

	private final int few;

	private final int most;

	private final ThreadPoolExecutor pool;

	private final Executor later;

	/** Those that are queued or being written. */
	private final Set<Frame> waiting = ConcurrentHashMap.newKeySet();

	private final AtomicBoolean checking = new AtomicBoolean();

	private @Nullable Runnable first;

	SendingThreads() {
		this(FEW, MOST,
				CompletableFuture.delayedExecutor(CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS, Runnable::run));
	}

	/**
	 * Creates the threads.
	 * @param few how many there are as long as clients read
	 * @param most how many there may be
	 * @param later runs a task a little later
	 */
	SendingThreads(int few, int most, Executor later) {
		this.few = few;
		this.most = most;
		this.later = later;
		CustomizableThreadFactory factory = new CustomizableThreadFactory("presence-send-");
		factory.setDaemon(true);
		this.pool = new ThreadPoolExecutor(few, most, KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS,
				new LinkedBlockingQueue<>(), factory);
		this.pool.allowCoreThreadTimeOut(true);
	}

	/**
	 * Sends a frame on one of the threads.
	 * @param frame the frame
	 */
	void send(Frame frame) {
		this.waiting.add(frame);
		this.pool.execute(new Task(frame));
		checkLater();
	}

	private void checkLater() {
		if (this.checking.compareAndSet(false, true)) {
			this.later.execute(this::check);
		}
	}

	private void check() {
		try {
			this.waiting.forEach(Frame::check);
			BlockingQueue<Runnable> queue = this.pool.getQueue();
			Runnable next = queue.peek();
			boolean stuck = next != null && next == this.first;
			this.first = next;
			if (next == null) {
				this.pool.setCorePoolSize(this.few);
			}
			else if (stuck) {
				relieve(queue);
			}
		}
		finally {
			this.checking.set(false);
			if (!this.waiting.isEmpty()) {
				checkLater();
			}
		}
	}

	private void relieve(BlockingQueue<Runnable> queue) {
		int threads = this.pool.getCorePoolSize();
		if (threads < this.most) {
			this.pool.setCorePoolSize(Math.min(threads * 2, this.most));
			return;
		}
		List<Runnable> tasks = new ArrayList<>();
		queue.drainTo(tasks);
		tasks.forEach((task) -> {
			Frame frame = ((Task) task).frame;
			this.waiting.remove(frame);
			frame.sendWithoutWaiting();
		});
	}

	/**
	 * A frame to send, in one of two ways.
	 */
	interface Frame {

		/**
		 * Sends it and waits until it is written.
		 */
		void send();

		/**
		 * Sends it and returns at once.
		 */
		void sendWithoutWaiting();

		/**
		 * Learns, now and then, that it is not written yet.
		 */
		void check();

	}

	private final class Task implements Runnable {

		private final Frame frame;

		Task(Frame frame) {
			this.frame = frame;
		}

		@Override
		public void run() {
			try {
				this.frame.send();
			}
			finally {
				SendingThreads.this.waiting.remove(this.frame);
			}
		}

	}

}
