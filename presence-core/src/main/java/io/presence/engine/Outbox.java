package io.presence.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

import io.presence.concurrent.Scheduler;
import io.presence.engine.PresenceTransport.SendCallback;

/**
 * The frames that wait for one connection, in order, in bounded memory.
 * <p>
 * When they would exceed the bound, the presence frames among them are dropped, and each
 * topic that lost one <em>lapses</em>: its diffs and heartbeats are dropped from then on
 * until a snapshot of it is accepted again, for which the topics are asked once the queue
 * is empty. Other frames are never dropped; when they alone exceed the bound, the
 * connection is given up. A frame that is larger than the bound passes when the queue is
 * empty.
 */
final class Outbox {

	private final PresenceTransport transport;

	private final Scheduler scheduler;

	private final int maxBytes;

	private final Owner owner;

	private final Queue<Entry> queue = new ArrayDeque<>(2);

	private final AtomicInteger pumping = new AtomicInteger();

	private Set<Subscription> lapsed = Set.of();

	private int presenceBytes;

	private int controlBytes;

	private @Nullable Entry sending;

	private long sendingSince;

	private @Nullable Close close;

	private boolean closed;

	Outbox(PresenceTransport transport, Scheduler scheduler, int maxBytes, Owner owner) {
		this.transport = transport;
		this.scheduler = scheduler;
		this.maxBytes = maxBytes;
		this.owner = owner;
	}

	/**
	 * Takes a frame that is never dropped.
	 */
	void control(Frame frame, @Nullable SendCallback callback) {
		boolean full = false;
		boolean refused = false;
		synchronized (this) {
			if (this.closed || this.close != null) {
				refused = true;
			}
			else {
				if (!this.queue.isEmpty() && bytes() + frame.bytes() > this.maxBytes) {
					dropPresence();
				}
				full = this.controlBytes > 0 && this.controlBytes + frame.bytes() > this.maxBytes;
				if (!full) {
					this.queue.add(new Entry(frame, null, callback));
					this.controlBytes += frame.bytes();
				}
			}
		}
		if ((full || refused) && callback != null) {
			callback.done(new IllegalStateException(
					full ? "Too many frames wait for the connection" : "The connection is closed"));
		}
		if (full) {
			this.owner.overwhelmed();
		}
		pump();
	}

	/**
	 * Takes a diff or heartbeat, or drops it if its topic has lapsed.
	 */
	void presence(Frame frame, Subscription subscription) {
		boolean overflow = false;
		synchronized (this) {
			if (this.closed || this.close != null || this.lapsed.contains(subscription)) {
				return;
			}
			if (!this.queue.isEmpty() && bytes() + frame.bytes() > this.maxBytes) {
				overflow = true;
				dropPresence();
				lapse(subscription);
			}
			else {
				add(frame, subscription);
			}
		}
		if (overflow) {
			this.owner.conflated();
		}
		pump();
	}

	/**
	 * Takes a frame that brings its topic up to date, whatever was dropped before.
	 */
	void snapshot(Frame frame, Subscription subscription) {
		synchronized (this) {
			if (!this.lapsed.isEmpty()) {
				this.lapsed.remove(subscription);
			}
		}
		presence(frame, subscription);
	}

	/**
	 * Closes the connection once what is queued and never dropped has been sent.
	 */
	void closeWhenDrained(int code, String reason) {
		synchronized (this) {
			if (this.closed || this.close != null) {
				return;
			}
			dropPresence();
			this.lapsed = Set.of();
			this.close = new Close(code, reason);
		}
		pump();
	}

	/**
	 * Forgets everything; the link is gone.
	 */
	void closed() {
		List<Entry> dropped = new ArrayList<>();
		synchronized (this) {
			this.closed = true;
			dropped.addAll(this.queue);
			this.queue.clear();
			this.presenceBytes = 0;
			this.controlBytes = 0;
			this.lapsed = Set.of();
		}
		for (Entry entry : dropped) {
			entry.done(new IllegalStateException("The connection is closed"));
		}
	}

	/**
	 * Tells for how long a frame has been on its way.
	 * @param now the time
	 * @return nanoseconds, zero if none is
	 */
	synchronized long sendingFor(long now) {
		return (this.sending != null) ? now - this.sendingSince : 0;
	}

	private void pump() {
		if (this.pumping.getAndIncrement() != 0) {
			return;
		}
		do {
			sendNext();
		}
		while (this.pumping.decrementAndGet() != 0);
	}

	private void sendNext() {
		Entry entry;
		Close close = null;
		Set<Subscription> owed = Set.of();
		synchronized (this) {
			if (this.closed || this.sending != null) {
				return;
			}
			entry = this.queue.poll();
			if (entry != null) {
				if (entry.subscription == null) {
					this.controlBytes -= entry.frame.bytes();
				}
				else {
					this.presenceBytes -= entry.frame.bytes();
				}
				this.sending = entry;
				this.sendingSince = this.scheduler.nanoTime();
			}
			else if (this.close != null) {
				close = this.close;
				this.closed = true;
			}
			else if (!this.lapsed.isEmpty()) {
				owed = Set.copyOf(this.lapsed);
			}
		}
		if (entry != null) {
			this.transport.send(entry.frame.text(), new Sent(entry));
		}
		else if (close != null) {
			this.transport.close(close.code, close.reason);
			this.owner.drained();
		}
		for (Subscription subscription : owed) {
			subscription.topic.oweSnapshot(subscription);
		}
	}

	private void sent(Entry entry, @Nullable Throwable failure) {
		synchronized (this) {
			if (this.sending != entry) {
				return;
			}
			this.sending = null;
		}
		entry.done(failure);
		if (failure != null) {
			this.owner.sendFailed();
		}
		else {
			pump();
		}
	}

	private int bytes() {
		return this.presenceBytes + this.controlBytes;
	}

	private void add(Frame frame, Subscription subscription) {
		this.queue.add(new Entry(frame, subscription, null));
		this.presenceBytes += frame.bytes();
	}

	private void dropPresence() {
		if (this.presenceBytes == 0) {
			return;
		}
		for (Iterator<Entry> entries = this.queue.iterator(); entries.hasNext();) {
			Subscription subscription = entries.next().subscription;
			if (subscription != null) {
				entries.remove();
				lapse(subscription);
			}
		}
		this.presenceBytes = 0;
	}

	private void lapse(Subscription subscription) {
		if (this.lapsed.isEmpty()) {
			this.lapsed = new HashSet<>();
		}
		this.lapsed.add(subscription);
	}

	/**
	 * Forgets that a topic has lapsed, because it is no longer observed.
	 */
	synchronized void forget(Subscription subscription) {
		if (!this.lapsed.isEmpty()) {
			this.lapsed.remove(subscription);
		}
	}

	/**
	 * Hears what becomes of the connection.
	 */
	interface Owner {

		void conflated();

		void overwhelmed();

		void sendFailed();

		void drained();

	}

	/**
	 * A frame that waits; two are the same only if they are the same object.
	 */
	private static final class Entry {

		private final Frame frame;

		private final @Nullable Subscription subscription;

		private final @Nullable SendCallback callback;

		Entry(Frame frame, @Nullable Subscription subscription, @Nullable SendCallback callback) {
			this.frame = frame;
			this.subscription = subscription;
			this.callback = callback;
		}

		void done(@Nullable Throwable failure) {
			if (this.callback != null) {
				this.callback.done(failure);
			}
		}

	}

	private record Close(int code, String reason) {

	}

	private final class Sent implements SendCallback {

		private final Entry entry;

		Sent(Entry entry) {
			this.entry = entry;
		}

		@Override
		public void done(@Nullable Throwable failure) {
			sent(this.entry, failure);
		}

	}

}
