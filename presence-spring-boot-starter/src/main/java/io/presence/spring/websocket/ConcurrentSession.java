package io.presence.spring.websocket;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.handler.WebSocketSessionDecorator;

import io.presence.concurrent.Mailbox;
import io.presence.engine.ClientSession;

/**
 * The session that a decorated handler is given: any thread may write to it. What it
 * sends goes through the connection's queue, one after the other with presence frames.
 * Who sends faster than the client reads waits, but for threads that work for everybody.
 */
final class ConcurrentSession extends WebSocketSessionDecorator {

	private final ClientSession client;

	private final SessionTransport transport;

	private final int maxWaiting;

	private final Duration sendTimeout;

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition room = this.lock.newCondition();

	private long waiting;

	private @Nullable CloseStatus closing;

	private @Nullable StringBuilder parts;

	private @Nullable ByteArrayOutputStream binaryParts;

	ConcurrentSession(WebSocketSession delegate, ClientSession client, SessionTransport transport,
			WebSocketSettings settings) {
		super(delegate);
		this.client = client;
		this.transport = transport;
		this.maxWaiting = Math.max(1, settings.maxOutboundBytes() / 2);
		this.sendTimeout = settings.sendTimeout();
	}

	@Override
	public boolean isOpen() {
		this.lock.lock();
		try {
			return this.closing == null && super.isOpen();
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void sendMessage(WebSocketMessage<?> message) throws IOException {
		if (message instanceof TextMessage text) {
			String whole = whole(text);
			if (whole != null) {
				send(whole, Utf8.length(whole), () -> {
				});
			}
			return;
		}
		WebSocketMessage<?> whole = (message instanceof BinaryMessage binary) ? whole(binary) : message;
		if (whole != null) {
			String receipt = this.transport.deposit(whole);
			send(receipt, whole.getPayloadLength(), () -> this.transport.withdraw(receipt));
		}
	}

	@Override
	public void close() {
		close(CloseStatus.NORMAL);
	}

	@Override
	public void close(CloseStatus status) {
		this.lock.lock();
		try {
			if (this.closing == null) {
				this.closing = status;
			}
			this.room.signalAll();
			if (this.waiting > 0) {
				return;
			}
		}
		finally {
			this.lock.unlock();
		}
		closeNow();
	}

	private void send(String frame, int bytes, Runnable whenDone) throws IOException {
		try {
			reserve(bytes);
		}
		catch (IOException ex) {
			whenDone.run();
			throw ex;
		}
		AtomicReference<@Nullable Throwable> refusal = new AtomicReference<>();
		this.client.send(frame, (failure) -> {
			refusal.set(failure);
			whenDone.run();
			release(bytes);
		});
		Throwable failure = refusal.get();
		if (failure != null) {
			throw new IOException("The session " + getId() + " did not take the message", failure);
		}
	}

	private @Nullable String whole(TextMessage message) throws IOException {
		this.lock.lock();
		try {
			checkUsable();
			if (message.isLast() && this.parts == null) {
				return message.getPayload();
			}
			if (this.parts == null) {
				this.parts = new StringBuilder();
			}
			this.parts.append(message.getPayload());
			if (!message.isLast()) {
				return null;
			}
			String whole = this.parts.toString();
			this.parts = null;
			return whole;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Joins the parts of a message, since frames may come between them. The payload is
	 * read through a buffer of its own: the application may send the same message on
	 * several sessions.
	 */
	private @Nullable BinaryMessage whole(BinaryMessage message) throws IOException {
		ByteBuffer payload = message.getPayload().duplicate();
		this.lock.lock();
		try {
			checkUsable();
			if (message.isLast() && this.binaryParts == null) {
				return new BinaryMessage(payload);
			}
			if (this.binaryParts == null) {
				this.binaryParts = new ByteArrayOutputStream();
			}
			byte[] part = new byte[payload.remaining()];
			payload.get(part);
			this.binaryParts.writeBytes(part);
			if (!message.isLast()) {
				return null;
			}
			BinaryMessage whole = new BinaryMessage(this.binaryParts.toByteArray());
			this.binaryParts = null;
			return whole;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void reserve(int bytes) throws IOException {
		long nanos = this.sendTimeout.toNanos();
		this.lock.lock();
		try {
			while (isFull(bytes) && isUsable() && !Mailbox.isInside()) {
				if (nanos <= 0) {
					throw new IOException("The session " + getId() + " had no room for the message within "
							+ this.sendTimeout + " (presence.websocket.send-timeout)");
				}
				nanos = this.room.awaitNanos(nanos);
			}
			checkUsable();
			this.waiting += bytes;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException("Interrupted while the session " + getId() + " had no room", ex);
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean isFull(int bytes) {
		return this.waiting > 0 && this.waiting + bytes > this.maxWaiting;
	}

	private void checkUsable() throws IOException {
		if (!isUsable()) {
			this.parts = null;
			this.binaryParts = null;
			throw new IOException("The session " + getId() + " is closed");
		}
	}

	private boolean isUsable() {
		return this.closing == null && this.client.connection().isOpen() && super.isOpen();
	}

	private void release(int bytes) {
		boolean last;
		this.lock.lock();
		try {
			this.waiting -= bytes;
			this.room.signalAll();
			last = this.waiting == 0 && this.closing != null;
		}
		finally {
			this.lock.unlock();
		}
		if (last) {
			closeNow();
		}
	}

	private void closeNow() {
		CloseStatus status = this.closing;
		if (status != null) {
			this.transport.close(status.getCode(), (status.getReason() != null) ? status.getReason() : "");
		}
	}

}
