package io.presence.engine;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the connections that have to do with a topic: while there is one, the topic is
 * not removed.
 */
final class TopicUse {

	private static final int REMOVED = -1;

	private final AtomicInteger users = new AtomicInteger();

	private final EngineContext context;

	private final Topics topics;

	private final Observers observers;

	private long idleSince;

	TopicUse(EngineContext context, Topics topics, Observers observers) {
		this.context = context;
		this.topics = topics;
		this.observers = observers;
		this.idleSince = context.now();
	}

	/**
	 * Counts one more, on any thread.
	 * @return how many there were before, negative if the topic is removed already
	 */
	int begin() {
		return this.users.getAndUpdate((users) -> (users == REMOVED) ? REMOVED : users + 1);
	}

	void end() {
		if (this.users.decrementAndGet() == 0) {
			this.idleSince = this.context.now();
			this.topics.unused();
		}
	}

	/**
	 * Hears that what a subscription was kept for is done.
	 */
	void done(Subscription subscription) {
		subscription.connection.release(subscription);
		tidy(subscription);
	}

	/**
	 * Forgets a subscription that is nothing any more.
	 */
	void tidy(Subscription subscription) {
		if (!subscription.isJoined() && !subscription.observes() && subscription.connection.forget(subscription)) {
			this.observers.audience().remove(subscription);
			end();
		}
	}

	boolean isIdle() {
		return this.users.get() == 0;
	}

	/**
	 * Returns since when nobody has to do with the topic, meaningful only if nobody has.
	 */
	long idleSince() {
		return this.idleSince;
	}

	/**
	 * Notes that the topic is removed, if nobody has to do with it.
	 * @return whether it is
	 */
	boolean remove() {
		return this.users.compareAndSet(0, REMOVED);
	}

}
