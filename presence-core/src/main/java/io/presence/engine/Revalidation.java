package io.presence.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;

import io.presence.PresenceAction;
import io.presence.PresenceException;
import io.presence.concurrent.Stages;
import io.presence.store.PresenceStore;
import io.presence.store.PresenceStore.Kick;

/**
 * Asks the authorizer again what connections may be, and ends what they no longer may.
 */
final class Revalidation {

	private final AtomicLong rounds = new AtomicLong();

	private final PresenceStore store;

	private final Executor executor;

	private final Sessions sessions;

	private final Access access;

	private final Identities identities;

	Revalidation(EngineContext context, Sessions sessions, Access access, Identities identities) {
		this.store = context.store();
		this.executor = context.executor();
		this.sessions = sessions;
		this.access = access;
		this.identities = identities;
	}

	/**
	 * Asks again for the connections of a key, on all instances.
	 * @return a stage with the number of those that lost something
	 */
	CompletionStage<Integer> revalidate(String key) {
		Kick request = new Kick(key, List.of(), Kick.Action.REVALIDATE);
		return revalidateHere(key).thenCombine(this.store.kick(request), Integer::sum);
	}

	/**
	 * Asks again for the connections of a key on this instance.
	 * @return a stage with the number of those that lost something
	 */
	CompletionStage<Integer> revalidateHere(String key) {
		return CompletableFuture.supplyAsync(() -> {
			List<CompletableFuture<Boolean>> all = new ArrayList<>();
			for (ClientSession session : this.sessions.all()) {
				if (isOf(key, session.handle())) {
					all.add(revalidate(session.handle()));
				}
			}
			return all;
		}, this.executor)
			.thenCompose((all) -> Stages.all(all)
				.thenApply((nothing) -> (int) all.stream().filter(CompletableFuture::join).count()));
	}

	/**
	 * Asks again about all that a connection is.
	 * @return a stage that completes with whether it lost something
	 */
	CompletableFuture<Boolean> revalidate(Connection connection) {
		this.rounds.incrementAndGet();
		List<CompletableFuture<Boolean>> all = new ArrayList<>();
		for (Subscription each : connection.subscriptions()) {
			String topic = each.topic.name();
			boolean mayJoin = this.access.isAllowed(PresenceAction.JOIN, topic, connection);
			boolean mayObserve = this.access.isAllowed(PresenceAction.OBSERVE, topic, connection);
			boolean mayPublish = mayJoin && this.access.isAllowed(PresenceAction.STATE, topic, connection);
			Subscription subscription = connection.retainExisting(topic);
			if (subscription != null) {
				CompletableFuture<Boolean> revoked = new CompletableFuture<>();
				all.add(revoked);
				subscription.topic.revoke(subscription, mayJoin, mayObserve, mayPublish, revoked::complete);
			}
		}
		return Stages.all(all).thenApply((nothing) -> all.stream().anyMatch(CompletableFuture::join));
	}

	/**
	 * Returns a number that is another one after authority was asked again.
	 */
	long rounds() {
		return this.rounds.get();
	}

	private boolean isOf(String key, Connection connection) {
		List<Subscription> subscriptions = connection.subscriptions();
		if (subscriptions.isEmpty()) {
			return false;
		}
		for (Subscription subscription : subscriptions) {
			if (key.equals(subscription.topic.keyOf(subscription))) {
				return true;
			}
		}
		return key.equals(userKey(connection));
	}

	/**
	 * Returns the key that the user data of a connection selects.
	 * @return the key, {@code null} if there is none or none can be selected
	 */
	@Nullable String userKey(Connection connection) {
		try {
			return this.identities.select(connection.user()).key();
		}
		catch (PresenceException ex) {
			return null;
		}
	}

}
