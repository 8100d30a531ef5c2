package io.presence.spring.autoconfigure;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import org.springframework.boot.convert.DurationStyle;
import org.springframework.util.unit.DataSize;

import io.presence.spring.autoconfigure.PresenceConfigurationException.Problem;
import io.presence.spring.autoconfigure.PresenceProperties.Access;
import io.presence.spring.security.AccessRule.Allow;
import io.presence.spring.security.TopicPattern;

/**
 * Finds the properties that cannot be meant, alone or together, all at once.
 */
final class PresencePropertiesCheck {

	private final List<Problem> problems = new ArrayList<>();

	private final PresenceProperties properties;

	private PresencePropertiesCheck(PresenceProperties properties) {
		this.properties = properties;
	}

	static void check(PresenceProperties properties) {
		PresencePropertiesCheck check = new PresencePropertiesCheck(properties);
		check.checkTimes();
		check.checkMaxAge();
		check.checkTtl();
		check.checkLimits();
		check.checkNames();
		check.checkRules();
		if (!check.problems.isEmpty()) {
			throw new PresenceConfigurationException(check.problems);
		}
	}

	private void checkTimes() {
		PresenceProperties properties = this.properties;
		notNegative("presence.heartbeat", properties.heartbeat());
		notNegative("presence.grace", properties.grace());
		positive("presence.ttl", properties.ttl());
		positive("presence.flush-interval", properties.flushInterval());
		positive("presence.state-flush-interval", properties.stateFlushInterval());
		positive("presence.websocket.ping-interval", properties.websocket().pingInterval());
		positive("presence.websocket.pong-timeout", properties.websocket().pongTimeout());
		positive("presence.websocket.send-timeout", properties.websocket().sendTimeout());
		positive("presence.redis.lease", properties.redis().lease());
		positive("presence.redis.lease-renewal", properties.redis().leaseRenewal());
		positive("presence.redis.command-timeout", properties.redis().commandTimeout());
		notNegative("presence.shutdown.timeout", properties.shutdown().timeout());
	}

	private void checkMaxAge() {
		Duration maxAge = this.properties.maxAge();
		if (maxAge == null) {
			return;
		}
		notNegative("presence.max-age", maxAge);
		Duration heartbeat = this.properties.heartbeat();
		if (maxAge.isZero() || maxAge.isNegative()) {
			return;
		}
		if (heartbeat.isZero()) {
			problem("presence.max-age=" + print(maxAge) + " without heartbeats (presence.heartbeat=0) makes clients"
					+ " drop members who are present.",
					"Set presence.max-age=0, or presence.heartbeat to at most " + print(maxAge.dividedBy(2)) + ".");
		}
		else if (isLess(maxAge, heartbeat, 2)) {
			problem("presence.max-age=" + print(maxAge) + " is less than 2 x presence.heartbeat=" + print(heartbeat)
					+ ": one late heartbeat would make clients drop members who are present.",
					"Set presence.max-age to at least " + print(heartbeat.multipliedBy(2))
							+ ", or presence.heartbeat to at most " + print(maxAge.dividedBy(2)) + ".");
		}
	}

	private void checkTtl() {
		Duration ttl = this.properties.ttl();
		Duration grace = this.properties.grace();
		Duration lease = this.properties.redis().lease();
		Duration renewal = this.properties.redis().leaseRenewal();
		Duration commandTimeout = this.properties.redis().commandTimeout();
		if (isLess(lease, renewal, 3)) {
			problem("presence.redis.lease=" + print(lease) + " is less than 3 x presence.redis.lease-renewal="
					+ print(renewal) + ": one renewal that is late would end the lease.",
					"Set presence.redis.lease to at least " + print(renewal.multipliedBy(3))
							+ ", or presence.redis.lease-renewal to at most " + print(lease.dividedBy(3)) + ".");
		}
		if (isLess(ttl, lease, 3)) {
			problem("presence.ttl=" + print(ttl) + " is less than 3 x presence.redis.lease=" + print(lease)
					+ ": entries would expire while their instance keeps them.",
					"Set presence.ttl to at least " + print(lease.multipliedBy(3)) + ", or presence.redis.lease to at"
							+ " most " + print(ttl.dividedBy(3)) + ".");
		}
		if (ttl.compareTo(grace) <= 0) {
			problem("presence.ttl=" + print(ttl) + " is not more than presence.grace=" + print(grace)
					+ ": members would expire within their grace time.",
					"Set presence.ttl to more than " + print(grace) + ", or presence.grace to less than " + print(ttl)
							+ ".");
		}
		if (commandTimeout.compareTo(renewal) > 0) {
			problem("presence.redis.command-timeout=" + print(commandTimeout)
					+ " is more than presence.redis.lease-renewal=" + print(renewal)
					+ ": a renewal could still wait when the next is due.",
					"Set presence.redis.command-timeout to at most " + print(renewal) + ".");
		}
	}

	private void checkLimits() {
		PresenceProperties.Limits limits = this.properties.limits();
		positive("presence.limits.max-connections", limits.maxConnections());
		positive("presence.limits.max-topics", limits.maxTopics());
		positive("presence.limits.max-topics-per-connection", limits.maxTopicsPerConnection());
		positive("presence.limits.max-connections-per-key", limits.maxConnectionsPerKey());
		positive("presence.limits.max-topic-length", limits.maxTopicLength());
		positive("presence.limits.max-frames-per-second", limits.maxFramesPerSecond());
		if (limits.maxMembersPerTopic() < 0) {
			problem("presence.limits.max-members-per-topic=" + limits.maxMembersPerTopic() + " is negative.",
					"Set presence.limits.max-members-per-topic to 0 for any number of members, or to a positive"
							+ " number.");
		}
		positive("presence.limits.max-data-bytes", limits.maxDataBytes());
		positive("presence.limits.max-state-bytes", limits.maxStateBytes());
		positive("presence.limits.max-frame-bytes", limits.maxFrameBytes());
		positive("presence.limits.max-outbound-bytes", limits.maxOutboundBytes());
		if (limits.maxStateBytes().compareTo(limits.maxFrameBytes()) >= 0) {
			problem("presence.limits.max-state-bytes=" + print(limits.maxStateBytes())
					+ " does not fit into a frame of presence.limits.max-frame-bytes=" + print(limits.maxFrameBytes())
					+ ".", "Set presence.limits.max-frame-bytes to more than " + print(limits.maxStateBytes()) + ".");
		}
	}

	private void checkNames() {
		if (this.properties.key().isBlank()) {
			problem("presence.key is blank.",
					"Set presence.key to the name of the field that identifies a user, for example 'id'.");
		}
		String path = this.properties.websocket().path();
		if (!path.startsWith("/") || path.chars().anyMatch((c) -> c <= ' ' || "*?{}#".indexOf(c) >= 0)) {
			problem("presence.websocket.path='" + path + "' is not the path of an endpoint.",
					"Set presence.websocket.path to a path that begins with '/' and has no blanks or patterns, for"
							+ " example '/presence'.");
		}
		String prefix = this.properties.redis().keyPrefix();
		if (prefix.isBlank() || prefix.indexOf('{') >= 0 || prefix.indexOf('}') >= 0) {
			problem("presence.redis.key-prefix='" + prefix + "' is blank or has braces, which decide where keys live in"
					+ " a Redis Cluster.",
					"Set presence.redis.key-prefix to a text without braces, for example" + " 'presence:'.");
		}
	}

	private void checkRules() {
		for (int i = 0; i < this.properties.access().size(); i++) {
			checkAccess("presence.access[" + i + "]", this.properties.access().get(i));
		}
		for (int i = 0; i < this.properties.topics().size(); i++) {
			checkPattern("presence.topics[" + i + "]", this.properties.topics().get(i).pattern());
		}
	}

	private void checkAccess(String name, Access access) {
		checkPattern(name, access.pattern());
		if (!access.roles().isEmpty() && access.allow() != Allow.AUTHENTICATED) {
			problem(name + ".allow=" + access.allow().name().toLowerCase(Locale.ROOT) + " contradicts " + name
					+ ".roles=" + access.roles() + ".",
					"Remove " + name + ".roles, or set " + name + ".allow=authenticated.");
		}
	}

	private void checkPattern(String name, String pattern) {
		if (pattern.isBlank()) {
			problem(name + ".pattern is missing.",
					"Set " + name + ".pattern, for example to 'room:*', or to '**' for" + " every topic.");
			return;
		}
		try {
			TopicPattern.of(pattern);
		}
		catch (IllegalArgumentException ex) {
			problem(name + ".pattern='" + pattern + "' is not a pattern: " + ex.getMessage() + ".",
					"Set " + name + ".pattern to a pattern such as 'room:*', or to '**' for every topic.");
		}
	}

	private void positive(String name, Duration value) {
		if (value.isZero() || value.isNegative()) {
			problem(name + "=" + print(value) + " is not a positive duration.",
					"Set " + name + " to a positive duration, for example 10s.");
		}
	}

	private void notNegative(String name, Duration value) {
		if (value.isNegative()) {
			problem(name + "=" + print(value) + " is negative.", "Set " + name + " to 0 or a positive duration.");
		}
	}

	private void positive(String name, int value) {
		if (value <= 0) {
			problem(name + "=" + value + " is not a positive number.", "Set " + name + " to a positive number.");
		}
	}

	private void positive(String name, DataSize value) {
		if (value.toBytes() <= 0 || value.toBytes() > Integer.MAX_VALUE) {
			problem(name + "=" + print(value) + " is not between 1B and " + Integer.MAX_VALUE + "B.",
					"Set " + name + " to a size in between, for example 16KB.");
		}
	}

	private void problem(String description, String action) {
		this.problems.add(new Problem(description, action));
	}

	private static boolean isLess(Duration value, Duration than, int times) {
		return value.compareTo(than.multipliedBy(times)) < 0;
	}

	private static String print(Duration value) {
		boolean wholeSeconds = value.toNanosPart() == 0;
		return DurationStyle.SIMPLE.print(value, wholeSeconds ? ChronoUnit.SECONDS : ChronoUnit.MILLIS);
	}

	private static String print(DataSize value) {
		return value.toBytes() + "B";
	}

}
