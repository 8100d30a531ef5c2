package io.presence.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

import io.presence.KickMode;
import io.presence.LeaveReason;
import io.presence.concurrent.Stages;
import io.presence.protocol.UnsubscribeReason;
import io.presence.store.PresenceStore;
import io.presence.store.PresenceStore.Kick;

/**
 * Removes the connections of a key, on all instances.
 */
final class Kicks {

	private final PresenceStore store;

	private final Topics topics;

	private final Sessions sessions;

	Kicks(PresenceStore store, Topics topics, Sessions sessions) {
		this.store = store;
		this.topics = topics;
		this.sessions = sessions;
	}

	/**
	 * Removes a key from a topic, or from all.
	 * @return a stage with the number of connections that were removed
	 */
	CompletionStage<Integer> kick(String key, @Nullable String topic, KickMode mode) {
		Kick kick = new Kick(key, (topic != null) ? List.of(topic) : List.of(),
				(mode == KickMode.CLOSE) ? Kick.Action.CLOSE : Kick.Action.LEAVE);
		return kickHere(kick).thenCombine(this.store.kick(kick), Integer::sum);
	}

	/**
	 * Removes the connections of this instance.
	 * @return a stage with their number
	 */
	CompletionStage<Integer> kickHere(Kick kick) {
		Collection<Topic> where = kick.topics().isEmpty() ? new ArrayList<>(this.topics.all())
				: kick.topics().stream().map(this.topics::find).filter(Objects::nonNull).toList();
		Set<Connection> removed = ConcurrentHashMap.newKeySet();
		List<CompletableFuture<Void>> told = new ArrayList<>();
		List<CompletableFuture<Void>> settled = new ArrayList<>();
		for (Topic topic : where) {
			CompletableFuture<Void> toldHere = new CompletableFuture<>();
			CompletableFuture<Void> settledHere = new CompletableFuture<>();
			told.add(toldHere);
			settled.add(settledHere);
			topic.kick(kick.key(), LeaveReason.KICKED, (connections) -> {
				removed.addAll(connections);
				connections.forEach((connection) -> connection.unsubscribed(topic.name(), UnsubscribeReason.KICKED));
				toldHere.complete(null);
			}, () -> settledHere.complete(null));
		}
		CompletionStage<Void> closed = Stages.all(told).thenRun(() -> {
			if (kick.action() == Kick.Action.CLOSE) {
				removed.forEach(this::close);
			}
		});
		return closed.thenCombine(Stages.all(settled), (done, nothing) -> removed.size());
	}

	private void close(Connection connection) {
		ClientSession session = this.sessions.find(connection.id());
		if (session != null) {
			session.closeKicked();
		}
	}

}
