package io.presence.redis;

import java.util.HashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.presence.store.MemberState;

/**
 * The state of a connection in a replica.
 */
final class ReplicaState {

	/** The states that Redis has, by the registration of the connection's instance. */
	final Map<String, MemberState> stored = new HashMap<>(2);

	/** A state that a read missed together with the hold of its instance. */
	@Nullable Carried carried;

	/** How many old marks ask to show this instance's state as it is in memory. */
	int overlays;

	/** Whether Redis lacks this instance's state, which will be there again. */
	boolean healing;

	/** The key of the member under which the connection is listed. */
	@Nullable String key;

	/** The state that was shown last. */
	@Nullable MemberState shown;

	/**
	 * Returns what Redis has of this instance.
	 * @param truth what this instance knows of itself
	 * @return the state under the current registration, {@code null} if there is none
	 */
	@Nullable MemberState own(Truth truth) {
		for (Map.Entry<String, MemberState> entry : this.stored.entrySet()) {
			if (truth.isCurrent(entry.getKey())) {
				return entry.getValue();
			}
		}
		return null;
	}

	boolean isEmpty() {
		return this.stored.isEmpty() && this.carried == null && this.overlays == 0 && !this.healing
				&& this.shown == null;
	}

	/**
	 * A state that a read missed.
	 *
	 * @param registration the registration of the connection's instance
	 * @param state the state
	 */
	record Carried(String registration, MemberState state) {

	}

}
