package io.presence.engine;

import org.jspecify.annotations.Nullable;

import io.presence.PresenceLimitExceededException;
import io.presence.privacy.MemberKeys;
import io.presence.privacy.Selected;
import io.presence.privacy.Selection;

/**
 * Who a connection is for others: the public data of its user, and its key in a topic.
 */
final class Identities {

	private final Selection selection;

	private final TopicPolicy policy;

	private final PresenceMetrics metrics;

	Identities(Selection selection, TopicPolicy policy, PresenceMetrics metrics) {
		this.selection = selection;
		this.policy = policy;
		this.metrics = metrics;
	}

	/**
	 * Returns what others may see of a user.
	 */
	Selected select(@Nullable Object user) {
		try {
			return this.selection.select(user);
		}
		catch (PresenceLimitExceededException ex) {
			this.metrics.limitExceeded(ex.property());
			throw ex;
		}
	}

	/**
	 * Returns the key of a connection in a topic, which is refused if it is not tracked.
	 */
	String key(Connection connection, String topic, Selected selected) {
		this.policy.refuseUntracked(topic);
		if (!this.policy.isKeyed(topic)) {
			return connection.id();
		}
		return (selected.key() != null) ? selected.key() : MemberKeys.generated(connection.id());
	}

}
