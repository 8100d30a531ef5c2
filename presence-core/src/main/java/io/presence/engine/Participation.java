package io.presence.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.PresenceConnectionClosedException;
import io.presence.PresenceException;
import io.presence.PresenceNotJoinedException;
import io.presence.PresenceUnavailableException;
import io.presence.concurrent.Stages;
import io.presence.json.JsonText;
import io.presence.json.Quoted;
import io.presence.privacy.Selected;

/**
 * What connections want of topics, whoever asked for it: it is checked here and handed to
 * the topic. A method throws what refuses it before its topic was asked.
 */
final class Participation {

	private final EngineContext context;

	private final TopicPolicy policy;

	private final Identities identities;

	Participation(EngineContext context, TopicPolicy policy, Identities identities) {
		this.context = context;
		this.policy = policy;
		this.identities = identities;
	}

	void join(Connection connection, String topic, JoinRequest request) {
		this.policy.checkName(topic);
		refuseWhileStopping();
		Connection.User user = connection.currentUser();
		Selected selected = selectToJoin(connection, topic, user);
		Subscription subscription = retainToJoin(connection, topic);
		try {
			while (!connection.isCurrent(user)) {
				user = connection.currentUser();
				selected = selectToJoin(connection, topic, user);
			}
		}
		catch (PresenceException ex) {
			subscription.topic.abandon(subscription);
			throw ex;
		}
		subscription.topic.join(subscription, this.identities.key(connection, topic, selected), selected.data(),
				user.version(), request);
	}

	private Selected selectToJoin(Connection connection, String topic, Connection.User user) {
		Selected selected = this.identities.select(user.data());
		String key = this.identities.key(connection, topic, selected);
		if (connection.isOpen() && this.policy.isKeyed(topic) && selected.key() != null) {
			connection.countUnder(key);
		}
		return selected;
	}

	private Subscription retainToJoin(Connection connection, String topic) {
		try {
			return connection.retain(topic);
		}
		catch (PresenceConnectionClosedException ex) {
			this.context.metrics().joinAborted("ws_closed");
			throw ex;
		}
	}

	void observe(Connection connection, String topic, JoinRequest request) {
		this.policy.checkName(topic);
		refuseWhileStopping();
		this.policy.refuseUntracked(topic);
		Subscription subscription = connection.retain(topic);
		subscription.topic.observe(subscription, request);
	}

	void leave(Connection connection, String topic, boolean waitForStore, Consumer<Boolean> answer) {
		Subscription subscription = connection.retainExisting(topic);
		if (subscription == null) {
			answer.accept(false);
			return;
		}
		subscription.topic.leave(subscription, LeaveReason.LEAVE, waitForStore, answer);
	}

	void unobserve(Connection connection, String topic, Runnable answer) {
		Subscription subscription = connection.retainExisting(topic);
		if (subscription == null) {
			answer.run();
			return;
		}
		subscription.topic.unobserve(subscription, answer);
	}

	void state(Connection connection, String topic, @Nullable JsonText state, @Nullable Duration expireAfter,
			JoinRequest.Answer answer) {
		Subscription subscription = connection.retainExisting(topic);
		if (subscription == null) {
			answer.refused(new PresenceNotJoinedException(
					"The connection has not joined the topic " + Quoted.of(topic) + ": join it first"));
			return;
		}
		subscription.topic.state(subscription, state, expireAfter, answer);
	}

	/**
	 * Gives a connection other user data, in all its topics.
	 * @return a stage that completes when the data is seen in all of them
	 */
	CompletableFuture<Void> update(Connection connection, @Nullable Object userData) {
		Selected selected = this.identities.select(userData);
		if (connection.isCounted() || connection.topics().stream().anyMatch(this.policy::isKeyed)) {
			connection.countUnder(selected.key());
		}
		long version = connection.user(userData);
		List<CompletableFuture<Void>> all = new ArrayList<>();
		for (Subscription each : connection.subscriptions()) {
			String topic = each.topic.name();
			Subscription subscription = connection.retainExisting(topic);
			if (subscription != null) {
				CompletableFuture<Void> done = new CompletableFuture<>();
				all.add(done);
				subscription.topic.join(subscription, this.identities.key(connection, topic, selected), selected.data(),
						version, JoinRequest.update(topic, updated(done)));
			}
		}
		return Stages.all(all);
	}

	private JoinRequest.Answer updated(CompletableFuture<Void> done) {
		Executor executor = this.context.executor();
		return JoinRequest.Answer.of((key) -> done.completeAsync(() -> null, executor),
				(reason) -> executor.execute(() -> done.completeExceptionally(reason)));
	}

	private void refuseWhileStopping() {
		if (this.context.isStopping()) {
			throw unavailable();
		}
	}

	static PresenceUnavailableException unavailable() {
		return new PresenceUnavailableException("This instance is shutting down and takes no more joins");
	}

}
