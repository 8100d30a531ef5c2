package io.presence.redis;

import java.util.LinkedHashSet;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.store.Hold;
import io.presence.store.LocalHolds;
import io.presence.store.MemberState;

/**
 * What this instance knows of itself in one bucket: its connections, as they should stand
 * in Redis, and the registrations that it has had.
 */
final class Truth {

	private static final int MAX_REMEMBERED = 256;

	private final LocalHolds local;

	private final RedisClock clock;

	private final Set<String> own = new LinkedHashSet<>();

	private String current = "";

	Truth(LocalHolds local, RedisClock clock) {
		this.local = local;
		this.clock = clock;
	}

	LocalHolds local() {
		return this.local;
	}

	void register(String registration) {
		this.own.add(registration);
		if (this.own.size() > MAX_REMEMBERED) {
			this.own.remove(this.own.iterator().next());
		}
		this.current = registration;
	}

	/**
	 * Gives up the current registration: what stands under it in Redis is no longer what
	 * this instance says.
	 */
	void unregister() {
		this.current = "";
	}

	boolean isOwn(String registration) {
		return this.own.contains(registration);
	}

	boolean isCurrent(String registration) {
		return this.current.equals(registration);
	}

	/**
	 * Tells whether what stands under a registration in Redis is no longer what this
	 * instance says.
	 * @param registration the registration
	 * @return whether this instance had it and gave it up
	 */
	boolean isGivenUp(String registration) {
		return isOwn(registration) && !isCurrent(registration);
	}

	Hold hold(String topic, String key) {
		return this.local.hold(topic, key);
	}

	/**
	 * Returns this instance's hold as it is to be shown.
	 * @param topic the name of the topic
	 * @param key the key
	 * @return the hold, {@code null} if there is none
	 */
	@Nullable StoredHold held(String topic, String key) {
		if (!(hold(topic, key) instanceof Hold.Held held)) {
			return null;
		}
		return held.yielding() ? new StoredHold(this.current, 0, held.data()) : stored(held);
	}

	/**
	 * Tells whether a hold of this instance stands in Redis as it should. One that yields
	 * stands there as any other as long as Redis knows of no connection elsewhere.
	 * @param held what is true
	 * @param own what stands there
	 * @return whether it does
	 */
	boolean isAsStored(Hold.Held held, @Nullable StoredHold own) {
		return own != null && own.data().equals(held.data())
				&& (own.isYielding() ? held.yielding() : own.stamp() == stored(held).stamp());
	}

	StoredHold stored(Hold.Held held) {
		return new StoredHold(this.current, this.clock.settle(held.stamp()), held.data());
	}

	LeaveReason reason(String topic, String key) {
		return (hold(topic, key) instanceof Hold.Released released) ? released.reason() : LeaveReason.UNKNOWN;
	}

	@Nullable MemberState state(String topic, String connectionId) {
		MemberState state = this.local.state(topic, connectionId);
		return (state != null) ? new MemberState(state.key(), state.state(), this.clock.settle(state.n())) : null;
	}

}
