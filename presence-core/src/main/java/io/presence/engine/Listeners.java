package io.presence.engine;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.presence.PresenceEvent;
import io.presence.PresenceListener;
import io.presence.concurrent.Stages;

/**
 * Tells the application's listeners, each on its own, one event at a time, in order. One
 * that hangs keeps one thread and a bounded queue, and nobody else.
 */
final class Listeners {

	static final int MAX_WAITING = 65_536;

	private static final Logger logger = LoggerFactory.getLogger(Listeners.class);

	private final List<Inbox> inboxes;

	private final PresenceMetrics metrics;

	private volatile boolean closed;

	Listeners(List<PresenceListener> listeners, Executor executor, PresenceMetrics metrics) {
		this.inboxes = listeners.stream().map((listener) -> new Inbox(listener, executor)).toList();
		this.metrics = metrics;
	}

	boolean isListening() {
		return !this.inboxes.isEmpty();
	}

	void publish(PresenceEvent event) {
		if (!this.closed) {
			this.inboxes.forEach((inbox) -> inbox.add(event));
		}
	}

	/**
	 * Tells nobody anything any more: what runs the listeners may be gone.
	 */
	void close() {
		this.closed = true;
	}

	/**
	 * Returns a stage that completes when every listener has heard of all that was
	 * published before.
	 */
	CompletionStage<Void> caughtUp() {
		return Stages.all(this.inboxes.stream().map(Inbox::caughtUp).toList());
	}

	private final class Inbox {

		private final PresenceListener listener;

		private final Executor executor;

		private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

		private final AtomicInteger waiting = new AtomicInteger();

		private volatile boolean overrun;

		Inbox(PresenceListener listener, Executor executor) {
			this.listener = listener;
			this.executor = executor;
		}

		void add(PresenceEvent event) {
			if (this.waiting.get() >= MAX_WAITING) {
				drop();
				return;
			}
			execute(() -> tell(event));
		}

		CompletableFuture<Void> caughtUp() {
			CompletableFuture<Void> caughtUp = new CompletableFuture<>();
			execute(() -> caughtUp.complete(null));
			return caughtUp;
		}

		private void execute(Runnable task) {
			this.tasks.add(task);
			if (this.waiting.getAndIncrement() == 0) {
				this.executor.execute(this::drain);
			}
		}

		private void drop() {
			Listeners.this.metrics.eventDropped();
			if (!this.overrun) {
				this.overrun = true;
				logger.warn(
						"The presence listener {} does not keep up: {} events wait for it and further ones are "
								+ "dropped until it does. Make it faster, or let it hand its work on",
						this.listener.getClass().getName(), MAX_WAITING);
			}
		}

		private void drain() {
			do {
				Runnable task = this.tasks.poll();
				if (task != null) {
					task.run();
				}
			}
			while (this.waiting.decrementAndGet() != 0);
			this.overrun = false;
		}

		private void tell(PresenceEvent event) {
			try {
				this.listener.onEvent(event);
			}
			catch (Exception | Error ex) {
				Listeners.this.metrics.listenerFailed();
				logger.warn("The presence listener {} failed on an event of the type {}; it goes on with the next",
						this.listener.getClass().getName(), event.getClass().getSimpleName(), ex);
			}
		}

	}

}
