package io.presence.engine;

import org.jspecify.annotations.Nullable;

import io.presence.PresenceConnectionClosedException;
import io.presence.PresenceException;

/**
 * Answers those who join or observe a topic, in order with its frames.
 */
final class Answers {

	private final String topic;

	private final EngineContext context;

	private final Effects effects;

	Answers(String topic, EngineContext context, Effects effects) {
		this.topic = topic;
		this.context = context;
		this.effects = effects;
	}

	/**
	 * Returns why nothing can begin for a connection, {@code null} if it can.
	 */
	@Nullable PresenceException refusal(Subscription subscription) {
		if (!subscription.connection.isOpen()) {
			return subscription.connection.closedException(this.topic);
		}
		return this.context.isStopping() ? Participation.unavailable() : null;
	}

	void accept(JoinRequest request, @Nullable String key) {
		this.effects.add(() -> request.answer().accepted(key));
	}

	void refuse(JoinRequest request, PresenceException reason) {
		if (request.kind() == JoinRequest.Kind.JOIN && reason instanceof PresenceConnectionClosedException) {
			this.context.metrics().joinAborted("ws_closed");
		}
		this.effects.add(() -> request.answer().refused(reason));
	}

	void refuseClosed(JoinRequest request, Connection connection) {
		refuse(request, connection.closedException(this.topic));
	}

	/**
	 * Refuses the joins of a connection that has closed.
	 */
	void refusePending(LocalMember member, Subscription subscription) {
		member.takePending(subscription).forEach((join) -> refuseClosed(join.request(), subscription.connection));
	}

}
