package io.presence.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.presence.InvalidTopicException;
import io.presence.PresenceMember;
import io.presence.PresenceRoster;
import io.presence.privacy.Selected;
import io.presence.store.PresenceStore;
import io.presence.store.StoredRoster;

/**
 * Answers who is where: from a watched topic at once, else from the store, for which it
 * waits a bounded time.
 */
final class Reads {

	private final PresenceStore store;

	private final long maxWaitMillis;

	private final Topics topics;

	private final TopicPolicy policy;

	private final Identities identities;

	Reads(EngineContext context, Topics topics, TopicPolicy policy, Identities identities) {
		this.store = context.store();
		// The store answers after one time-out; twice that is for a store that does not.
		this.maxWaitMillis = context.settings().commandTimeout().multipliedBy(2).toMillis();
		this.topics = topics;
		this.policy = policy;
		this.identities = identities;
	}

	PresenceRoster roster(String topic) {
		this.policy.checkName(topic);
		return await(rosterAsync(topic), () -> new PresenceRoster(topic, List.of(), 0, 0, true));
	}

	CompletionStage<PresenceRoster> rosterAsync(String topic) {
		try {
			this.policy.checkName(topic);
		}
		catch (InvalidTopicException ex) {
			return CompletableFuture.failedFuture(ex);
		}
		Topic watched = this.topics.find(topic);
		PresenceRoster roster = (watched != null) ? watched.roster(this.store.isStale(topic)) : null;
		return (roster != null) ? CompletableFuture.completedFuture(roster)
				: this.store.read(topic).thenApply((stored) -> toRoster(topic, stored));
	}

	int count(String topic) {
		this.policy.checkName(topic);
		Topic watched = this.topics.find(topic);
		int count = (watched != null) ? watched.count() : -1;
		return (count >= 0) ? count : await(this.store.count(topic), () -> 0);
	}

	boolean isPresent(String topic, String key) {
		this.policy.checkName(topic);
		Topic watched = this.topics.find(topic);
		Boolean present = (watched != null) ? watched.isPresent(key) : null;
		if (present != null) {
			return present;
		}
		return await(this.store.read(topic).thenApply((stored) -> stored.members().containsKey(key)), () -> false);
	}

	Set<String> topics() {
		return await(this.store.topics(), Set::of);
	}

	/**
	 * Returns the member that a connection has just become.
	 */
	PresenceMember joined(Connection connection, String topic, @Nullable String key) {
		Topic watched = this.topics.find(topic);
		PresenceMember member = (watched != null && key != null) ? watched.member(key) : null;
		if (member != null) {
			return member;
		}
		Selected selected = this.identities.select(connection.user());
		return new PresenceMember((key != null) ? key : "", selected.data().toMap(), null);
	}

	private <T> T await(CompletionStage<T> stage, Supplier<T> otherwise) {
		try {
			return stage.toCompletableFuture().get(this.maxWaitMillis, TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return otherwise.get();
		}
		catch (ExecutionException | TimeoutException ex) {
			return otherwise.get();
		}
	}

	private static PresenceRoster toRoster(String topic, StoredRoster stored) {
		RosterView view = new RosterView();
		stored.members().forEach((key, data) -> view.put(key, data, false));
		stored.states().forEach(view::putState);
		List<PresenceMember> members = new ArrayList<>(stored.members().size());
		stored.members().forEach((key, data) -> members.add(view.member(key, data)));
		return new PresenceRoster(topic, members, members.size(), stored.version(), stored.stale());
	}

}
