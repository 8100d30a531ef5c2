package io.presence.spring.autoconfigure;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;
import org.springframework.util.unit.DataSize;

import io.presence.PresenceAction;
import io.presence.spring.security.AccessRule.Allow;

/**
 * The properties of presence. An impossible combination stops the start with a message
 * that names the properties and the fix; no validator is needed for that.
 *
 * @param enabled Whether presence is configured at all.
 * @param key Name of the field of the selected data that identifies a member.
 * @param heartbeat Time between heartbeat frames, 0 for none; plain numbers are
 * milliseconds.
 * @param ttl Longest time that an entry lives in Redis when no instance keeps it any
 * more, at least three times presence.redis.lease and more than presence.grace; plain
 * numbers are seconds.
 * @param maxAge Age after which clients drop a member that no heartbeat refreshed, 0 for
 * never; three times the heartbeat unless set.
 * @param grace How long a member stays after its last connection was lost; plain numbers
 * are seconds.
 * @param flushInterval Window in which joins, leaves and updates of a topic go together.
 * @param stateFlushInterval Window in which states of a topic go together.
 * @param store Where the instances share what they know.
 * @param select What others may see of the user data.
 * @param access Who may join, observe and publish where: the first rule that matches
 * decides, and once there is a rule, no match denies.
 * @param topics How presence is tracked where: the first rule that matches decides, and
 * no match means enabled, by key.
 * @param limits What is refused.
 * @param websocket The WebSocket endpoint.
 * @param http The snapshot over HTTP.
 * @param redis The Redis store.
 * @param shutdown The orderly end.
 */
@ConfigurationProperties("presence")
public record PresenceProperties(@DefaultValue("true") boolean enabled, @DefaultValue("id") String key,
		@DefaultValue("30s") Duration heartbeat, @DefaultValue("90s") @DurationUnit(ChronoUnit.SECONDS) Duration ttl,
		@Nullable Duration maxAge, @DefaultValue("0s") @DurationUnit(ChronoUnit.SECONDS) Duration grace,
		@DefaultValue("10ms") Duration flushInterval, @DefaultValue("50ms") Duration stateFlushInterval,
		@DefaultValue("auto") StoreType store, @DefaultValue Select select, @DefaultValue List<Access> access,
		@DefaultValue List<Topic> topics, @DefaultValue Limits limits, @DefaultValue WebSocket websocket,
		@DefaultValue Http http, @DefaultValue Redis redis, @DefaultValue Shutdown shutdown) {

	public PresenceProperties {
		access = List.copyOf(access);
		topics = List.copyOf(topics);
		new PresencePropertiesCheck().key(key)
			.heartbeat(heartbeat, maxAge)
			.flush(flushInterval, stateFlushInterval)
			.redis(redis)
			.ttl(ttl, grace, redis.lease())
			.limits(limits)
			.websocket(websocket)
			.shutdown(shutdown)
			.access(access)
			.topics(topics)
			.verify();
	}

	/**
	 * Returns the age after which clients drop a member, as they are told.
	 * @return {@link #maxAge()} if it is set, else three times {@link #heartbeat()}
	 */
	public Duration announcedMaxAge() {
		return (this.maxAge != null) ? this.maxAge : this.heartbeat.multipliedBy(3);
	}

	/**
	 * Where the instances share what they know.
	 */
	public enum StoreType {

		/**
		 * Redis if there is one, or one primary, Lettuce connection factory, else memory.
		 */
		AUTO,

		/** The memory of this instance: it sees its own connections only. */
		MEMORY,

		/** Redis; the start fails if there is no Lettuce connection factory. */
		REDIS

	}

	/**
	 * What others may see of the user data, unless a PresenceSelector bean decides.
	 *
	 * @param sensitiveWords Words that mark a field as not to be seen, in place of the
	 * built-in ones.
	 * @param additionalSensitiveWords Words that mark a field as not to be seen, besides
	 * the others.
	 */
	public record Select(@Nullable Set<String> sensitiveWords, @DefaultValue Set<String> additionalSensitiveWords) {

	}

	/**
	 * A rule that tells who may do what where.
	 *
	 * @param pattern Topics that the rule is about, Ant style with ':' as the separator:
	 * 'room:*' matches 'room:42', 'room:**' also 'room:42:cursors' and 'room'.
	 * @param actions What the rule is about, everything unless set.
	 * @param allow Who may.
	 * @param roles Roles of which one is needed besides, none unless set.
	 */
	public record Access(@DefaultValue("") String pattern, @DefaultValue( {
			"join", "observe", "state" }) Set<PresenceAction> actions, @DefaultValue("authenticated") Allow allow,
			@DefaultValue Set<String> roles){

	}

	/**
	 * A rule that tells how presence is tracked where.
	 *
	 * @param pattern Topics that the rule is about, Ant style with ':' as the separator.
	 * @param enabled Whether presence is tracked there at all.
	 * @param keyedBy Whether connections with the same key are one member.
	 */
	public record Topic(@DefaultValue("") String pattern, @DefaultValue("true") boolean enabled,
			@DefaultValue("key") KeyedBy keyedBy) {

	}

	/**
	 * What identifies a member of a topic.
	 */
	public enum KeyedBy {

		/** The key in the selected data. */
		KEY,

		/** The connection: every connection is a member. */
		CONNECTION

	}

	/**
	 * What is refused. Nobody who is present is ever removed to make room.
	 *
	 * @param maxConnections Connections of this instance that may join or observe.
	 * @param maxTopics Topics that may be joined or observed on this instance.
	 * @param maxTopicsPerConnection Topics that one connection may join or observe.
	 * @param maxConnectionsPerKey Connections of this instance that may share a key.
	 * @param maxConnectionsPerAddress Connections of the endpoint that may come from one
	 * remote address, on this instance; 0 for any number. Over it, the handshake is
	 * answered with 429.
	 * @param maxMembersPerTopic Members of a topic, cluster-wide; 0 for any number.
	 * @param maxTopicLength Code points of the name of a topic.
	 * @param maxDataBytes UTF-8 bytes of the selected data of a connection.
	 * @param maxStateBytes UTF-8 bytes of a state.
	 * @param maxFrameBytes UTF-8 bytes of an inbound frame; over it, the socket is closed
	 * with 1009.
	 * @param maxOutboundBytes UTF-8 bytes that may wait for a connection; over it, its
	 * frames are conflated.
	 * @param maxFramesPerSecond Frames that a connection may send in a second, each topic
	 * of a batch counted.
	 */
	public record Limits(@DefaultValue("1000000") int maxConnections, @DefaultValue("1000000") int maxTopics,
			@DefaultValue("1000") int maxTopicsPerConnection, @DefaultValue("100") int maxConnectionsPerKey,
			@DefaultValue("0") int maxConnectionsPerAddress, @DefaultValue("0") int maxMembersPerTopic,
			@DefaultValue("256") int maxTopicLength, @DefaultValue("16KB") DataSize maxDataBytes,
			@DefaultValue("1KB") DataSize maxStateBytes, @DefaultValue("64KB") DataSize maxFrameBytes,
			@DefaultValue("1MB") DataSize maxOutboundBytes, @DefaultValue("200") int maxFramesPerSecond) {

	}

	/**
	 * The WebSocket endpoint.
	 *
	 * @param enabled Whether there is an endpoint; a handler of the application's own can
	 * be decorated without.
	 * @param path Path of the endpoint.
	 * @param allowedOrigins Origins that browsers may connect from besides the same
	 * origin.
	 * @param allowedOriginPatterns Patterns of origins that browsers may connect from
	 * besides the same origin.
	 * @param pingInterval Time between pings.
	 * @param pongTimeout How long after an unanswered ping a silent connection is closed.
	 * @param sendTimeout How long a connection may take nothing before it is closed.
	 * @param subscribeTimeout How long a connection of the endpoint may be open before it
	 * has subscribed to any topic, 0 for ever.
	 */
	public record WebSocket(@DefaultValue("true") boolean enabled, @DefaultValue("/presence") String path,
			@DefaultValue List<String> allowedOrigins, @DefaultValue List<String> allowedOriginPatterns,
			@DefaultValue("25s") Duration pingInterval, @DefaultValue("20s") Duration pongTimeout,
			@DefaultValue("20s") Duration sendTimeout, @DefaultValue("5m") Duration subscribeTimeout) {

	}

	/**
	 * The snapshot over HTTP.
	 *
	 * @param enabled Whether a GET of the endpoint's path + '/topics?topic=...' answers
	 * who is present, to whom may observe the topic.
	 */
	public record Http(@DefaultValue("false") boolean enabled) {

	}

	/**
	 * The Redis store.
	 *
	 * @param keyPrefix What all keys and channels begin with; no braces.
	 * @param lease How long an instance that does not renew is believed alive; plain
	 * numbers are seconds.
	 * @param leaseRenewal Time between renewals, at most a third of the lease; plain
	 * numbers are seconds.
	 * @param commandTimeout How long a command may take.
	 */
	public record Redis(@DefaultValue("presence:") String keyPrefix,
			@DefaultValue("10s") @DurationUnit(ChronoUnit.SECONDS) Duration lease,
			@DefaultValue("3s") @DurationUnit(ChronoUnit.SECONDS) Duration leaseRenewal,
			@DefaultValue("500ms") Duration commandTimeout) {

	}

	/**
	 * The orderly end.
	 *
	 * @param timeout Time over which sockets are closed, so that clients do not come back
	 * all at once.
	 */
	public record Shutdown(@DefaultValue("10s") Duration timeout) {

	}

}
