package io.presence.engine;

import java.security.Principal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.PresenceConnection;
import io.presence.PresenceConnectionClosedException;
import io.presence.PresenceLimitExceededException;
import io.presence.json.Quoted;
import io.presence.protocol.FrameWriter;
import io.presence.protocol.SentTopic;
import io.presence.protocol.UnsubscribeReason;

/**
 * A connection of this instance and the topics that it has to do with. A subscription is
 * entered here before its topic hears of it, so that closing always finds it.
 */
final class Connection implements PresenceConnection {

	private final EngineContext context;

	private final Topics topics;

	private final Admission admission;

	private final String id;

	private final @Nullable String remoteAddress;

	private final Map<String, Subscription> subscriptions = new HashMap<>(2);

	private final RecentSnapshots recentSnapshots = new RecentSnapshots();

	private volatile @Nullable Object user;

	private long userVersion;

	private volatile @Nullable Principal principal;

	private volatile @Nullable LeaveReason closed;

	private volatile boolean subscribed;

	private @Nullable String countedKey;

	private final Outbox outbox;

	Connection(EngineContext context, Topics topics, Admission admission, String id, ConnectionDetails details,
			Outbox outbox) {
		this.context = context;
		this.topics = topics;
		this.admission = admission;
		this.id = id;
		this.remoteAddress = details.remoteAddress();
		this.user = details.user();
		this.principal = details.principal();
		this.outbox = outbox;
	}

	@Override
	public String id() {
		return this.id;
	}

	@Override
	public @Nullable Object user() {
		return this.user;
	}

	/**
	 * Replaces the user data.
	 * @return the version of the user data, which grows
	 */
	synchronized long user(@Nullable Object user) {
		this.user = user;
		return ++this.userVersion;
	}

	/**
	 * Returns the user data with its version.
	 */
	synchronized User currentUser() {
		return new User(this.user, this.userVersion);
	}

	synchronized boolean isCurrent(User user) {
		return this.userVersion == user.version;
	}

	@Override
	public @Nullable Principal principal() {
		return this.principal;
	}

	void forgetUser() {
		this.principal = null;
		user(null);
	}

	@Override
	public boolean isOpen() {
		return this.closed == null;
	}

	@Override
	public Set<String> topics() {
		List<Subscription> all = subscriptions();
		Set<String> topics = new HashSet<>();
		for (Subscription subscription : all) {
			if (subscription.topic.isJoined(subscription)) {
				topics.add(subscription.topic.name());
			}
		}
		return topics;
	}

	@Nullable String remoteAddress() {
		return this.remoteAddress;
	}

	/**
	 * Tells whether the connection ever had to do with a topic.
	 */
	boolean hasSubscribed() {
		return this.subscribed;
	}

	boolean isOf(EngineContext context) {
		return this.context == context;
	}

	Outbox outbox() {
		return this.outbox;
	}

	/**
	 * Sends the client a frame that is never dropped.
	 */
	void answer(String frame) {
		this.outbox.control(Frame.of(frame), null);
	}

	/**
	 * Tells the client that it is no longer in a topic.
	 */
	void unsubscribed(String topic, UnsubscribeReason reason) {
		answer(FrameWriter.unsubscribed(topic, reason, null));
	}

	/**
	 * Tells the client that what it asked to observe has ended.
	 */
	void unobserved(String topic, UnsubscribeReason reason) {
		unsubscribed(SentTopic.PREFIX + topic, reason);
	}

	/**
	 * Returns why the connection closed.
	 */
	LeaveReason closeReason() {
		LeaveReason reason = this.closed;
		return (reason != null) ? reason : LeaveReason.DISCONNECT;
	}

	/**
	 * Returns the subscription to a topic, a new one if there is none, and keeps it until
	 * {@link #release} is called.
	 */
	synchronized Subscription retain(String topic) {
		if (this.closed != null) {
			throw closedException(topic);
		}
		Subscription subscription = this.subscriptions.get(topic);
		if (subscription == null) {
			int max = this.context.limits().maxTopicsPerConnection();
			if (this.subscriptions.size() >= max) {
				throw this.context.limitExceeded("presence.limits.max-topics-per-connection",
						"The connection has to do with " + max
								+ " topics already: leave one, or raise presence.limits.max-topics-per-connection");
			}
			if (this.subscriptions.isEmpty()) {
				this.admission.admit();
			}
			try {
				subscription = new Subscription(this, this.topics.retain(topic, this.subscriptions.size()));
				this.recentSnapshots.restore(subscription);
			}
			catch (PresenceLimitExceededException ex) {
				if (this.subscriptions.isEmpty()) {
					this.admission.dismiss();
				}
				throw ex;
			}
			this.subscriptions.put(topic, subscription);
			this.subscribed = true;
		}
		subscription.uses++;
		return subscription;
	}

	/**
	 * Returns the subscription to a topic if there is one, and keeps it until
	 * {@link #release} is called.
	 */
	synchronized @Nullable Subscription retainExisting(String topic) {
		Subscription subscription = this.subscriptions.get(topic);
		if (subscription != null) {
			subscription.uses++;
		}
		return subscription;
	}

	/**
	 * Tells whether there is a subscription to a topic.
	 */
	synchronized boolean isSubscribed(String topic) {
		return this.subscriptions.containsKey(topic);
	}

	/**
	 * Ends what {@link #retain} began.
	 */
	synchronized void release(Subscription subscription) {
		subscription.uses--;
	}

	/**
	 * Forgets a subscription unless something is on its way to it.
	 * @return whether it was forgotten
	 */
	synchronized boolean forget(Subscription subscription) {
		if (subscription.uses > 0 || this.subscriptions.get(subscription.topic.name()) != subscription) {
			return false;
		}
		this.subscriptions.remove(subscription.topic.name());
		this.recentSnapshots.keep(subscription, this.context.now());
		if (this.subscriptions.isEmpty()) {
			this.admission.dismiss();
		}
		return true;
	}

	synchronized List<Subscription> subscriptions() {
		return new ArrayList<>(this.subscriptions.values());
	}

	synchronized boolean isCounted() {
		return this.countedKey != null;
	}

	/**
	 * Counts the connection under the key of its user, in place of the one before.
	 */
	synchronized void countUnder(@Nullable String key) {
		if (Objects.equals(key, this.countedKey) || this.closed != null) {
			return;
		}
		if (key != null) {
			this.admission.admitKey(key);
		}
		if (this.countedKey != null) {
			this.admission.dismissKey(this.countedKey);
		}
		this.countedKey = key;
	}

	/**
	 * Closes the connection for good.
	 * @return its subscriptions, empty if it was closed already
	 */
	synchronized List<Subscription> close(LeaveReason reason) {
		if (this.closed != null) {
			return List.of();
		}
		this.closed = reason;
		if (this.countedKey != null) {
			this.admission.dismissKey(this.countedKey);
			this.countedKey = null;
		}
		return subscriptions();
	}

	PresenceConnectionClosedException closedException(String topic) {
		return new PresenceConnectionClosedException(
				"The connection " + this.id + " closed before it was in the topic " + Quoted.of(topic));
	}

	@Override
	public String toString() {
		return "PresenceConnection[" + this.id + "]";
	}

	/**
	 * What is known of the user, until the next version of it.
	 *
	 * @param data the user data
	 * @param version grows with each update
	 */
	record User(@Nullable Object data, long version) {

	}

}
