package io.presence.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.presence.engine.Subscription.Owed;
import io.presence.protocol.FrameWriter;
import io.presence.protocol.Position;

/**
 * Those who observe a topic on this instance, and what goes out to them.
 * <p>
 * Everything goes out in one step, the flush: the diff from the last version to those who
 * have that version, then what brings those up to date who are owed it, then a due
 * heartbeat. Each frame is made once for all its receivers. A flush follows the first
 * change after a quiet time at once, and is at least a window away from the one before.
 */
final class Audience {

	static final long NEVER = Long.MAX_VALUE;

	static final long SNAPSHOT_PAUSE_NANOS = 1_000_000_000L;

	private final String topic;

	private final RosterView view;

	private final Effects effects;

	private final PresenceMetrics metrics;

	private final long flushInterval;

	private final long stateFlushInterval;

	private final long heartbeat;

	private final List<Subscription> observers = new ArrayList<>(1);

	private final List<Subscription> owed = new ArrayList<>(1);

	private final DiffHistory history = new DiffHistory();

	private final String epoch;

	private long version = 1;

	private long flushAllowed;

	private long stateFlushAllowed;

	private long firstOwed = NEVER;

	private long nextHeartbeat = NEVER;

	private @Nullable Frame stateFrame;

	private @Nullable Frame heartbeatFrame;

	Audience(String topic, String epoch, RosterView view, Effects effects, PresenceSettings settings,
			PresenceMetrics metrics, long now) {
		this.topic = topic;
		this.epoch = epoch;
		this.view = view;
		this.effects = effects;
		this.metrics = metrics;
		this.flushInterval = settings.flushInterval().toNanos();
		this.stateFlushInterval = settings.stateFlushInterval().toNanos();
		this.heartbeat = settings.heartbeat().toNanos();
		this.flushAllowed = now;
		this.stateFlushAllowed = now;
	}

	int size() {
		return this.observers.size();
	}

	void add(Subscription subscription, long now) {
		if (subscription.observerIndex >= 0) {
			return;
		}
		subscription.observerIndex = this.observers.size();
		this.observers.add(subscription);
		if (this.observers.size() == 1 && this.heartbeat > 0) {
			this.nextHeartbeat = now + this.heartbeat;
		}
	}

	void remove(Subscription subscription) {
		subscription.owed = null;
		subscription.synced = false;
		subscription.connection.outbox().forget(subscription);
		int index = subscription.observerIndex;
		if (index < 0) {
			return;
		}
		Subscription last = this.observers.remove(this.observers.size() - 1);
		if (last != subscription) {
			this.observers.set(index, last);
			last.observerIndex = index;
		}
		subscription.observerIndex = -1;
		if (this.observers.isEmpty()) {
			this.nextHeartbeat = NEVER;
		}
	}

	/**
	 * Notes that a subscription is owed what brings it up to date; asked for several
	 * times, it gets it once.
	 */
	void owe(Subscription subscription, @Nullable Position position, String sent, long now) {
		Owed before = subscription.owed;
		if (before != null) {
			subscription.owed = new Owed((before.position() != null) ? position : null, sent, before.due());
			return;
		}
		long due = subscription.hadSnapshot ? Math.max(now, subscription.snapshotAt + SNAPSHOT_PAUSE_NANOS) : now;
		subscription.owed = new Owed(position, sent, due);
		this.owed.add(subscription);
		this.firstOwed = Math.min(this.firstOwed, due);
	}

	/**
	 * Returns when {@link #flush} should be called next.
	 */
	long nextFlush() {
		long next = this.nextHeartbeat;
		if (this.view.hasPendingMembers()) {
			next = Math.min(next, this.flushAllowed);
		}
		if (this.view.hasPendingStates()) {
			next = Math.min(next, Math.max(this.stateFlushAllowed, this.flushAllowed));
		}
		if (!this.owed.isEmpty()) {
			next = Math.min(next, Math.max(this.firstOwed, this.flushAllowed));
		}
		return next;
	}

	/**
	 * Sends what is due.
	 */
	void flush(long now, boolean everything) {
		List<Subscription> due = takeDue(now);
		boolean heartbeatDue = now >= this.nextHeartbeat;
		boolean withStates = everything || !due.isEmpty() || heartbeatDue || now >= this.stateFlushAllowed;
		boolean hadStates = withStates && this.view.hasPendingStates();
		boolean sent = sendDiff(this.view.takeDiff(withStates), now);
		sendOwed(due, now);
		if (heartbeatDue) {
			this.nextHeartbeat = now + this.heartbeat;
			sendHeartbeat();
		}
		if (sent || !due.isEmpty()) {
			this.flushAllowed = now + this.flushInterval;
		}
		if (sent && hadStates) {
			this.stateFlushAllowed = now + this.stateFlushInterval;
		}
	}

	/**
	 * Sends a diff.
	 * @return whether anybody received it
	 */
	private boolean sendDiff(Diff diff, long now) {
		if (diff.isEmpty()) {
			return false;
		}
		long from = this.version++;
		this.stateFrame = null;
		this.heartbeatFrame = null;
		this.history.add(diff, from, now, this.view.count());
		List<Subscription> receivers = synced();
		if (!receivers.isEmpty()) {
			Frame frame = Frame.of(diff.toFrame(this.topic, this.epoch, from, this.version, this.view.count()));
			this.effects.add(() -> send(frame, receivers));
			this.metrics.diffSent(receivers.size());
		}
		return !receivers.isEmpty();
	}

	private List<Subscription> takeDue(long now) {
		if (now < this.firstOwed) {
			return List.of();
		}
		List<Subscription> due = new ArrayList<>(this.owed.size());
		this.firstOwed = NEVER;
		this.owed.removeIf((subscription) -> {
			Owed owed = subscription.owed;
			if (owed == null) {
				return true;
			}
			if (owed.due() <= now) {
				due.add(subscription);
				return true;
			}
			this.firstOwed = Math.min(this.firstOwed, owed.due());
			return false;
		});
		return due;
	}

	private void sendOwed(List<Subscription> due, long now) {
		Map<Long, Frame> missed = new HashMap<>();
		for (Subscription subscription : due) {
			Owed owed = subscription.owed;
			if (owed == null) {
				continue;
			}
			subscription.owed = null;
			subscription.snapshotAt = now;
			subscription.hadSnapshot = true;
			subscription.synced = subscription.observes();
			Frame frame = frameFor(owed, missed);
			this.effects.add(() -> subscription.connection.outbox().snapshot(frame, subscription));
		}
		if (!due.isEmpty()) {
			this.metrics.snapshotSent(due.size());
		}
	}

	private Frame frameFor(Owed owed, Map<Long, Frame> missed) {
		Position position = owed.position();
		if (position == null || !position.epoch().equals(this.epoch) || position.version() > this.version) {
			return stateFrame();
		}
		if (position.version() == this.version) {
			return Frame.of(FrameWriter.current(owed.sent(), position()));
		}
		return missed.computeIfAbsent(position.version(), (from) -> {
			Diff diff = this.history.since(from);
			return (diff != null)
					? Frame.of(diff.toFrame(this.topic, this.epoch, from, this.version, this.view.count()))
					: stateFrame();
		});
	}

	private Frame stateFrame() {
		Frame frame = this.stateFrame;
		if (frame == null) {
			frame = Frame.of(FrameWriter.state(this.topic, position(), this.view.members(), this.view.shownStates()));
			this.stateFrame = frame;
		}
		return frame;
	}

	private void sendHeartbeat() {
		List<Subscription> light = new ArrayList<>();
		List<Subscription> full = new ArrayList<>();
		for (Subscription subscription : synced()) {
			(subscription.wantsLightHeartbeats() ? light : full).add(subscription);
		}
		if (!light.isEmpty()) {
			Frame frame = Frame.of(FrameWriter.heartbeat(this.topic, position(), this.view.count(), null));
			this.effects.add(() -> send(frame, light));
		}
		if (!full.isEmpty()) {
			Frame frame = this.heartbeatFrame;
			if (frame == null) {
				frame = Frame.of(FrameWriter.heartbeat(this.topic, position(), this.view.count(), this.view.members()));
				this.heartbeatFrame = frame;
			}
			Frame heartbeat = frame;
			this.effects.add(() -> send(heartbeat, full));
		}
	}

	private List<Subscription> synced() {
		List<Subscription> synced = new ArrayList<>(this.observers.size());
		for (Subscription subscription : this.observers) {
			if (subscription.synced) {
				synced.add(subscription);
			}
		}
		return synced;
	}

	private Position position() {
		return new Position(this.epoch, this.version);
	}

	private static void send(Frame frame, List<Subscription> receivers) {
		for (Subscription subscription : receivers) {
			subscription.connection.outbox().presence(frame, subscription);
		}
	}

}
