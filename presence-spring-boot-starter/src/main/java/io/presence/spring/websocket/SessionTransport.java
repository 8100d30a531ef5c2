package io.presence.spring.websocket;

import java.io.IOException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PingMessage;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketMessage;
import org.springframework.web.socket.WebSocketSession;

import io.presence.engine.PresenceTransport;

/**
 * Moves the frames of one connection to its session. A session is not safe for concurrent
 * sends, so frames and pings take turns: a ping waits for the frame that is on its way,
 * and the next frame for the ping.
 */
final class SessionTransport implements PresenceTransport {

	private static final Logger logger = LoggerFactory.getLogger(SessionTransport.class);

	private final WebSocketSession session;

	private final @Nullable ContainerSession container;

	private final FrameSender sender;

	private final Executor executor;

	private final AtomicBoolean closing = new AtomicBoolean();

	private final Map<String, WebSocketMessage<?>> deposits = Collections.synchronizedMap(new IdentityHashMap<>(0));

	private boolean closed;

	private @Nullable Sending current;

	private @Nullable Sending next;

	private @Nullable Sending ping;

	private boolean pinging;

	/**
	 * Creates a transport.
	 * @param session the session
	 * @param sender sends frames on that session
	 * @param executor runs what may wait for the link: closing and pings
	 */
	SessionTransport(WebSocketSession session, FrameSender sender, Executor executor) {
		this.session = session;
		this.container = ContainerSession.of(session);
		this.sender = sender;
		this.executor = executor;
	}

	/**
	 * Keeps a message that is no text until its turn comes: when the frame that is
	 * returned is to be sent, it is sent instead.
	 * @return a frame to queue, told apart by its identity
	 */
	@SuppressWarnings("StringConstructor")
	String deposit(WebSocketMessage<?> message) {
		String receipt = new String("");
		this.deposits.put(receipt, message);
		return receipt;
	}

	/**
	 * Forgets a message that was kept.
	 */
	void withdraw(String receipt) {
		this.deposits.remove(receipt);
	}

	@Override
	public void send(String frame, SendCallback callback) {
		WebSocketMessage<?> deposited = frame.isEmpty() ? this.deposits.remove(frame) : null;
		Sending sending = new Sending((deposited != null) ? deposited : new TextMessage(frame), callback);
		synchronized (this) {
			if (this.current != null && !this.closed) {
				this.next = sending;
				return;
			}
			this.current = sending;
		}
		start(sending);
	}

	@Override
	public void ping() {
		synchronized (this) {
			if (this.closed || this.pinging) {
				return;
			}
			this.pinging = true;
		}
		try {
			this.executor.execute(this::pingNow);
		}
		catch (RejectedExecutionException ex) {
			pinged(ex);
		}
	}

	@Override
	public void close(int code, String reason) {
		if (!this.closing.compareAndSet(false, true)) {
			return;
		}
		CloseStatus status = new CloseStatus(code, reason);
		try {
			this.executor.execute(() -> closeNow(status));
		}
		catch (RejectedExecutionException ex) {
			// The caller may be the one thread that looks after all connections.
			Thread thread = new Thread(() -> closeNow(status), "presence-close-" + this.session.getId());
			thread.setDaemon(true);
			thread.start();
		}
	}

	/**
	 * Takes note that the session has closed: nothing is sent any more, and whoever waits
	 * for a frame hears that it failed.
	 */
	void closed() {
		Sending current;
		Sending next;
		synchronized (this) {
			this.closed = true;
			current = this.current;
			next = this.next;
		}
		this.sender.closed();
		if (current != null) {
			current.done(closedException());
		}
		if (next != null) {
			next.done(closedException());
		}
	}

	private void start(Sending sending) {
		if (isClosed()) {
			sending.done(closedException());
			return;
		}
		try {
			this.sender.send(sending.message, sending);
		}
		catch (RuntimeException | Error ex) {
			sending.done(ex);
		}
	}

	private void startNext() {
		Sending sending;
		synchronized (this) {
			if (this.ping != null) {
				sending = this.ping;
				this.ping = null;
			}
			else {
				sending = this.next;
				this.next = null;
			}
			this.current = sending;
		}
		if (sending != null) {
			start(sending);
		}
	}

	/**
	 * Takes its turn only here, on a thread that can wait, so that a ping that waits for
	 * a thread holds up no frame.
	 */
	private void pingNow() {
		Sending sending = new Sending(new PingMessage(), this::pinged);
		synchronized (this) {
			if (this.closed) {
				return;
			}
			if (this.current != null) {
				this.ping = sending;
				return;
			}
			this.current = sending;
		}
		this.sender.sendNow(sending.message, sending);
	}

	private void pinged(@Nullable Throwable failure) {
		synchronized (this) {
			this.pinging = false;
		}
		if (failure != null) {
			logger.debug("Could not ping the session {}", this.session.getId(), failure);
		}
	}

	private void closeNow(CloseStatus status) {
		try {
			if (this.container != null) {
				this.container.beginClose();
			}
			this.session.close(status);
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("Could not close the session {} with {}", this.session.getId(), status, ex);
		}
	}

	private synchronized boolean isClosed() {
		return this.closed;
	}

	private IOException closedException() {
		return new IOException("The session " + this.session.getId() + " is closed");
	}

	/**
	 * A message on its way.
	 */
	private final class Sending implements SendCallback {

		private final AtomicBoolean done = new AtomicBoolean();

		private final WebSocketMessage<?> message;

		private final SendCallback callback;

		Sending(WebSocketMessage<?> message, SendCallback callback) {
			this.message = message;
			this.callback = callback;
		}

		@Override
		public void done(@Nullable Throwable failure) {
			if (this.done.compareAndSet(false, true)) {
				startNext();
				this.callback.done(failure);
			}
		}

	}

}
