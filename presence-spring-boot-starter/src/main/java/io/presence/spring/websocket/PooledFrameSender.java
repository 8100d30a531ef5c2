package io.presence.spring.websocket;

import org.springframework.web.socket.WebSocketMessage;

import io.presence.engine.PresenceTransport.SendCallback;

/**
 * Sends on {@link SendingThreads}.
 */
final class PooledFrameSender implements FrameSender {

	private final SendingThreads threads;

	private final ContainerSession container;

	private final BlockingFrameSender waiting;

	private final FrameSender async;

	/**
	 * Creates a sender.
	 * @param threads what sends
	 * @param container the session of the container
	 * @param waiting sends and waits
	 * @param async sends and does not wait
	 */
	PooledFrameSender(SendingThreads threads, ContainerSession container, BlockingFrameSender waiting,
			FrameSender async) {
		this.threads = threads;
		this.container = container;
		this.waiting = waiting;
		this.async = async;
	}

	@Override
	public void send(WebSocketMessage<?> message, SendCallback callback) {
		this.threads.send(new Frame(message, callback));
	}

	private final class Frame implements SendingThreads.Frame {

		private final WebSocketMessage<?> message;

		private final SendCallback callback;

		private volatile boolean started;

		/** Whether it had been started when it was checked. */
		private boolean takesLong;

		Frame(WebSocketMessage<?> message, SendCallback callback) {
			this.message = message;
			this.callback = callback;
		}

		@Override
		public void send() {
			this.started = true;
			this.callback.done(PooledFrameSender.this.waiting.sendNow(this.message));
		}

		@Override
		public void sendWithoutWaiting() {
			try {
				PooledFrameSender.this.async.send(this.message, this.callback);
			}
			catch (RuntimeException ex) {
				this.callback.done(ex);
			}
		}

		/**
		 * Bounds how long worker threads wait for it. Its own bound, which is another, is
		 * read by the container when the frame starts.
		 */
		@Override
		public void check() {
			if (this.takesLong) {
				PooledFrameSender.this.container.limitWaits();
			}
			this.takesLong = this.started;
		}

	}

}
