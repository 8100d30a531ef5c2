package io.presence.engine;

import java.time.Duration;

/**
 * How the engine behaves. Each value is a property of the same name; {@link #defaults()}
 * has the documented ones.
 *
 * @param heartbeat the time between heartbeat frames, zero for none
 * @param maxAge what clients are told to sweep by, zero for never
 * @param grace how long a member stays after its last connection was lost
 * @param flushInterval the window in which changes of members go together
 * @param stateFlushInterval the window in which changes of states go together
 * @param pingInterval the time between pings, zero for none
 * @param pongTimeout how long after a missed ping a silent connection is given up
 * @param sendTimeout how long a connection may take nothing
 * @param subscribeTimeout how long a connection of the endpoint may be open before it has
 * subscribed to anything, zero for ever
 * @param commandTimeout how long a read of the store may take
 * @param watchLinger how long a topic is watched after nobody here is in it
 * @param limits the limits
 */
public record PresenceSettings(Duration heartbeat, Duration maxAge, Duration grace, Duration flushInterval,
		Duration stateFlushInterval, Duration pingInterval, Duration pongTimeout, Duration sendTimeout,
		Duration subscribeTimeout, Duration commandTimeout, Duration watchLinger, Limits limits) {

	private static final PresenceSettings DEFAULTS = new PresenceSettings(Duration.ofSeconds(30),
			Duration.ofSeconds(90), Duration.ZERO, Duration.ofMillis(10), Duration.ofMillis(50), Duration.ofSeconds(25),
			Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofMinutes(5), Duration.ofMillis(500),
			Duration.ofSeconds(5), Limits.defaults());

	/**
	 * Returns the documented defaults.
	 * @return the settings
	 */
	public static PresenceSettings defaults() {
		return DEFAULTS;
	}

	/**
	 * Returns these settings with other heartbeats.
	 * @param heartbeat the time between heartbeat frames, zero for none
	 * @param maxAge what clients are told to sweep by, zero for never
	 * @return the settings
	 */
	public PresenceSettings withHeartbeat(Duration heartbeat, Duration maxAge) {
		return new PresenceSettings(heartbeat, maxAge, this.grace, this.flushInterval, this.stateFlushInterval,
				this.pingInterval, this.pongTimeout, this.sendTimeout, this.subscribeTimeout, this.commandTimeout,
				this.watchLinger, this.limits);
	}

	/**
	 * Returns these settings with another grace time.
	 * @param grace how long a member stays after its last connection was lost
	 * @return the settings
	 */
	public PresenceSettings withGrace(Duration grace) {
		return new PresenceSettings(this.heartbeat, this.maxAge, grace, this.flushInterval, this.stateFlushInterval,
				this.pingInterval, this.pongTimeout, this.sendTimeout, this.subscribeTimeout, this.commandTimeout,
				this.watchLinger, this.limits);
	}

	/**
	 * Returns these settings with another time for the first subscription.
	 * @param subscribeTimeout how long a connection of the endpoint may be open before it
	 * has subscribed to anything, zero for ever
	 * @return the settings
	 */
	public PresenceSettings withSubscribeTimeout(Duration subscribeTimeout) {
		return new PresenceSettings(this.heartbeat, this.maxAge, this.grace, this.flushInterval,
				this.stateFlushInterval, this.pingInterval, this.pongTimeout, this.sendTimeout, subscribeTimeout,
				this.commandTimeout, this.watchLinger, this.limits);
	}

	/**
	 * Returns these settings with other limits.
	 * @param limits the limits
	 * @return the settings
	 */
	public PresenceSettings withLimits(Limits limits) {
		return new PresenceSettings(this.heartbeat, this.maxAge, this.grace, this.flushInterval,
				this.stateFlushInterval, this.pingInterval, this.pongTimeout, this.sendTimeout, this.subscribeTimeout,
				this.commandTimeout, this.watchLinger, limits);
	}

	/**
	 * The limits: what is over one is refused, and nobody is removed for it. That of the
	 * members of a topic is the store's.
	 *
	 * @param maxConnections how many connections may join or observe
	 * @param maxTopics how many topics may be joined or observed
	 * @param maxTopicsPerConnection how many topics one connection may join or observe
	 * @param maxConnectionsPerKey how many connections of this instance may share a key
	 * @param maxConnectionsPerAddress how many connections of the endpoint may come from
	 * one remote address, zero for any number
	 * @param maxTopicLength code points of a topic's name
	 * @param maxDataBytes UTF-8 bytes of the public data of a connection
	 * @param maxStateBytes UTF-8 bytes of a state
	 * @param maxOutboundBytes UTF-8 bytes that may wait for a connection
	 * @param maxFramesPerSecond frames that a connection may send in a second
	 */
	public record Limits(int maxConnections, int maxTopics, int maxTopicsPerConnection, int maxConnectionsPerKey,
			int maxConnectionsPerAddress, int maxTopicLength, int maxDataBytes, int maxStateBytes, int maxOutboundBytes,
			int maxFramesPerSecond) {

		private static final Limits DEFAULTS = new Limits(1_000_000, 1_000_000, 1_000, 100, 0, 256, 16 * 1024, 1024,
				1024 * 1024, 200);

		/**
		 * Returns the documented defaults.
		 * @return the limits
		 */
		public static Limits defaults() {
			return DEFAULTS;
		}

	}

}
