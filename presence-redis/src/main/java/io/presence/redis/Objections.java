package io.presence.redis;

import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.store.Hold;
import io.presence.store.Settlement;

/**
 * What this instance has to say against a replica, as the owner of its holds and states:
 * what stands in Redis differently from its memory.
 */
final class Objections {

	private final Replica replica;

	private final Truth truth;

	Objections(Replica replica, Truth truth) {
		this.replica = replica;
		this.truth = truth;
	}

	/**
	 * Tells whether the replica has of this instance what was told to Redis.
	 * @param mark the mark that told it and was answered
	 * @return whether it does
	 */
	boolean isAsTold(Mark mark) {
		String id = mark.id().id();
		if (!mark.id().isHold()) {
			return isAsInMemory(id);
		}
		StoredHold own = this.replica.ownHold(id);
		if (mark.settlement != Settlement.REFUSED && !mark.isOver() && mark.told instanceof Hold.Held held) {
			ReplicaMember member = this.replica.member(id);
			return this.truth.isAsStored(held, own) && member != null && member.isShown();
		}
		return own == null;
	}

	/**
	 * Finds what stands in Redis differently from memory.
	 * @param touched what to compare
	 * @param everything whether to compare all that this instance has
	 * @param differs what takes the marks of what differs
	 * @param ended what takes the keys whose grace time ended because the member left on
	 * another instance
	 */
	void find(Touched touched, boolean everything, Consumer<Mark.Id> differs, Consumer<String> ended) {
		String topic = this.replica.topic();
		Set<String> keys = new LinkedHashSet<>(touched.keys());
		Set<String> connections = new LinkedHashSet<>(touched.connections());
		if (everything) {
			keys.addAll(this.truth.local().keys(topic));
			connections.addAll(this.truth.local().statefulConnections(topic));
		}
		for (String key : keys) {
			StoredHold own = this.replica.ownHold(key);
			if (!(this.truth.hold(topic, key) instanceof Hold.Held held)) {
				if (own != null) {
					differs.accept(Mark.Id.hold(topic, key));
				}
			}
			else if (own == null && held.yielding() && leftByChoice(touched.reason(key))) {
				ended.accept(key);
			}
			else if (!this.truth.isAsStored(held, own) || shouldYield(key, held, own)) {
				differs.accept(Mark.Id.hold(topic, key));
			}
		}
		for (String id : connections) {
			if (!isAsInMemory(id)) {
				differs.accept(Mark.Id.state(topic, id));
			}
		}
	}

	private boolean isAsInMemory(String connectionId) {
		return Objects.equals(this.replica.ownState(connectionId),
				this.truth.state(this.replica.topic(), connectionId));
	}

	private boolean shouldYield(String key, Hold.Held held, @Nullable StoredHold own) {
		ReplicaMember member = this.replica.member(key);
		return member != null && held.yielding() && own != null && !own.isYielding() && member.holds.stream()
			.anyMatch((hold) -> !hold.isYielding() && !this.truth.isOwn(hold.registration()));
	}

	private static boolean leftByChoice(@Nullable LeaveReason reason) {
		return reason == LeaveReason.LEAVE || reason == LeaveReason.KICKED;
	}

}
