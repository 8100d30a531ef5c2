package io.presence.spring.websocket;

import java.io.IOException;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.web.socket.WebSocketMessage;
import org.springframework.web.socket.WebSocketSession;

import io.presence.engine.PresenceTransport.SendCallback;

/**
 * Sends on {@link SendingThreads}.
 */
final class PooledFrameSender implements FrameSender {

	private final SendingThreads threads;

	private final WebSocketSession session;

	private final ContainerSession container;

	private final FrameSender async;

	private final Duration patience;

	private volatile SendingThreads.@Nullable Sending current;

	private volatile boolean closed;

	/**
	 * Creates a sender.
	 * @param threads what sends
	 * @param session the session
	 * @param container that of the container
	 * @param async sends and does not wait
	 * @param patience how long a frame may take
	 */
	PooledFrameSender(SendingThreads threads, WebSocketSession session, ContainerSession container, FrameSender async,
			Duration patience) {
		this.threads = threads;
		this.session = session;
		this.container = container;
		this.async = async;
		this.patience = patience;
	}

	@Override
	public void send(WebSocketMessage<?> message, SendCallback callback) {
		SendingThreads.Sending sending = this.threads.prepare(new Frame(message, callback));
		begin(sending);
		this.threads.send(sending);
	}

	@Override
	public void sendNow(WebSocketMessage<?> message, SendCallback callback) {
		SendingThreads.Sending sending = this.threads.prepare(new Frame(message, callback));
		begin(sending);
		sending.run();
	}

	private void begin(SendingThreads.Sending sending) {
		this.current = sending;
		if (this.closed) {
			sending.interrupt();
		}
	}

	@Override
	public void closed() {
		this.closed = true;
		SendingThreads.Sending sending = this.current;
		if (sending != null) {
			sending.interrupt();
		}
	}

	private final class Frame implements SendingThreads.WritableFrame {

		private final WebSocketMessage<?> message;

		private final SendCallback callback;

		Frame(WebSocketMessage<?> message, SendCallback callback) {
			this.message = message;
			this.callback = callback;
		}

		/**
		 * Writes with a time-out that is set for the time of the writing only, since
		 * worker threads have the same. Tomcat reads it when the writing begins.
		 */
		@Override
		public @Nullable Throwable write() {
			if (PooledFrameSender.this.closed) {
				return new IOException("The session " + PooledFrameSender.this.session.getId() + " is closed");
			}
			ContainerSession container = PooledFrameSender.this.container;
			container.waitAtMost(PooledFrameSender.this.patience);
			try {
				PooledFrameSender.this.session.sendMessage(this.message);
				return null;
			}
			catch (IOException | RuntimeException | Error ex) {
				return ex;
			}
		}

		@Override
		public void written(@Nullable Throwable failure) {
			PooledFrameSender.this.current = null;
			this.callback.done(failure);
		}

		@Override
		public void writeWithoutWaiting() {
			PooledFrameSender.this.current = null;
			PooledFrameSender.this.container.writeAtMost(PooledFrameSender.this.patience);
			try {
				PooledFrameSender.this.async.send(this.message, (failure) -> {
					limitWaits(ContainerSession.WORKER_TIMEOUT);
					this.callback.done(failure);
				});
			}
			catch (RuntimeException ex) {
				this.callback.done(ex);
			}
		}

		@Override
		public void limitWaits(Duration limit) {
			PooledFrameSender.this.container.waitAtMost(limit);
		}

	}

}
