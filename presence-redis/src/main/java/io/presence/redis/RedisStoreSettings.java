package io.presence.redis;

import java.time.Duration;

/**
 * How the Redis store works.
 *
 * @param keyPrefix the prefix of all keys and channels, without braces
 * @param lease how long the holds of an instance last that gives no sign of life; at
 * least three times the renewal
 * @param leaseRenewal how often an instance gives a sign of life
 * @param commandTimeout how long a read may take, and how long Redis may be silent before
 * an instance shows what it knows
 * @param ttl how long an entry lives in Redis when no instance keeps it; at least three
 * times the lease and more than the grace time
 * @param grace how long a member stays after its last connection was lost, zero for none
 * @param maxMembersPerTopic how many members a topic may have, zero for any number
 */
public record RedisStoreSettings(String keyPrefix, Duration lease, Duration leaseRenewal, Duration commandTimeout,
		Duration ttl, Duration grace, int maxMembersPerTopic) {

	/** The settings of an application that sets nothing. */
	public static final RedisStoreSettings DEFAULTS = new RedisStoreSettings("presence:", Duration.ofSeconds(10),
			Duration.ofSeconds(3), Duration.ofMillis(500), Duration.ofSeconds(90), Duration.ZERO, 0);

	/**
	 * Creates settings.
	 * @throws IllegalArgumentException if they do not fit together; the message names the
	 * properties and the fix
	 */
	public RedisStoreSettings {
		check(!keyPrefix.isEmpty() && keyPrefix.indexOf('{') < 0 && keyPrefix.indexOf('}') < 0,
				"presence.redis.key-prefix is '" + keyPrefix + "': set one without braces, such as 'presence:'");
		check(isPositive(leaseRenewal), "presence.redis.lease-renewal is " + leaseRenewal + ": set at least 1ms");
		check(isPositive(commandTimeout), "presence.redis.command-timeout is " + commandTimeout + ": set at least 1ms");
		check(lease.compareTo(leaseRenewal.multipliedBy(3)) >= 0,
				"presence.redis.lease is " + lease + " and presence.redis.lease-renewal is " + leaseRenewal
						+ ": the lease must be at least three times the renewal");
		check(ttl.compareTo(lease.multipliedBy(3)) >= 0, "presence.ttl is " + ttl + " and presence.redis.lease is "
				+ lease + ": presence.ttl must be at least three times the lease");
		check(!grace.isNegative() && ttl.compareTo(grace) > 0, "presence.grace is " + grace + " and presence.ttl is "
				+ ttl + ": the grace time must be zero or more, and less than presence.ttl");
		check(maxMembersPerTopic >= 0,
				"presence.limits.max-members-per-topic is " + maxMembersPerTopic + ": set 0 for no limit, or more");
	}

	/**
	 * Returns how long a hold that only a read misses still counts.
	 * @return the lease less one renewal
	 */
	Duration carry() {
		return this.lease.minus(this.leaseRenewal);
	}

	/**
	 * Returns how long Redis may be silent before an instance shows what it knows.
	 * @return the command timeout
	 */
	Duration patience() {
		return this.commandTimeout;
	}

	private static boolean isPositive(Duration duration) {
		return duration.toMillis() > 0;
	}

	private static void check(boolean condition, String message) {
		if (!condition) {
			throw new IllegalArgumentException(message);
		}
	}

}
