package io.presence.engine;

import java.util.HashMap;
import java.util.Map;

/**
 * When a connection got its last snapshots of topics that it has left since, so that to
 * leave a topic and come back brings no more snapshots than to stay. Guarded by the
 * connection.
 */
final class RecentSnapshots {

	private Map<String, Long> sentAt = Map.of();

	/**
	 * Remembers the last snapshot of a subscription that ends, and forgets those that no
	 * longer matter.
	 */
	void keep(Subscription subscription, long now) {
		if (!this.sentAt.isEmpty()) {
			this.sentAt.values().removeIf((at) -> now - at >= Audience.SNAPSHOT_PAUSE_NANOS);
		}
		if (subscription.hadSnapshot && now - subscription.snapshotAt < Audience.SNAPSHOT_PAUSE_NANOS) {
			if (this.sentAt.isEmpty()) {
				this.sentAt = new HashMap<>(2);
			}
			this.sentAt.put(subscription.topic.name(), subscription.snapshotAt);
		}
	}

	/**
	 * Gives a new subscription what is remembered of an earlier one.
	 */
	void restore(Subscription subscription) {
		Long at = this.sentAt.get(subscription.topic.name());
		if (at != null) {
			subscription.hadSnapshot = true;
			subscription.snapshotAt = at;
		}
	}

}
