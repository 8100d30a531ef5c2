package io.presence.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.presence.store.StoredRoster;

/**
 * A topic that this instance watches.
 */
final class Watch {

	private final Replica replica;

	private final ShownRoster shown;

	private final Objections objections;

	private final String channel;

	/** The marks that were answered and that the replica does not show yet. */
	final List<Mark> awaiting = new ArrayList<>();

	/** The marks that became old before there was anything to show. */
	final List<Mark> unanswered = new ArrayList<>();

	/** Who waits for the roster. */
	final List<Consumer<StoredRoster>> readers = new ArrayList<>();

	/** Whether the listener wants to hear of it. */
	boolean wanted;

	/** Whether the listener heard of it. */
	boolean told;

	/** How often it was wanted, so that an old wish to drop it is recognised. */
	int uses;

	/** Whether a server confirmed that it sends the messages. */
	boolean confirmed;

	/** Whether there is something to show. */
	boolean ready;

	@Nullable TopicRead read;

	boolean readScheduled;

	boolean readLater;

	@Nullable Long lastRead;

	boolean checkingAwaiting;

	private volatile boolean dropped;

	private volatile boolean loaded;

	Watch(String topic, Truth truth, String channel) {
		this.replica = new Replica(topic, truth);
		this.shown = new ShownRoster(this.replica, truth);
		this.objections = new Objections(this.replica, truth);
		this.channel = channel;
	}

	Replica replica() {
		return this.replica;
	}

	ShownRoster shown() {
		return this.shown;
	}

	Objections objections() {
		return this.objections;
	}

	String topic() {
		return this.replica.topic();
	}

	String channel() {
		return this.channel;
	}

	boolean isDropped() {
		return this.dropped;
	}

	void drop() {
		this.dropped = true;
	}

	/**
	 * Tells whether the topic was read.
	 * @return whether it was, on any thread
	 */
	boolean isLoaded() {
		return this.loaded;
	}

	void loaded() {
		this.loaded = true;
	}

}
