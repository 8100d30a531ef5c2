package io.presence.spring.autoconfigure;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.convert.DurationStyle;
import org.springframework.util.unit.DataSize;

import io.presence.spring.autoconfigure.PresenceConfigurationException.Problem;
import io.presence.spring.autoconfigure.PresenceProperties.Access;
import io.presence.spring.autoconfigure.PresenceProperties.Topic;
import io.presence.spring.security.AccessRule.Allow;
import io.presence.spring.security.TopicPattern;

/**
 * Finds the properties that cannot be meant, alone or together, all at once.
 */
final class PresencePropertiesCheck {

	private static final Pattern ORIGIN = Pattern.compile("\\*|[A-Za-z][A-Za-z0-9+.-]*://[^/?#\\s]+");

	private final List<Problem> problems = new ArrayList<>();

	/**
	 * Ends the check.
	 * @throws PresenceConfigurationException if something was found
	 */
	void verify() {
		if (!this.problems.isEmpty()) {
			throw new PresenceConfigurationException(this.problems);
		}
	}

	PresencePropertiesCheck key(String key) {
		if (key.isBlank()) {
			problem("presence.key is blank.",
					"Set presence.key to the name of the field that identifies a user, for example 'id'.");
		}
		return this;
	}

	PresencePropertiesCheck heartbeat(Duration heartbeat, @Nullable Duration maxAge) {
		notNegative("presence.heartbeat", heartbeat);
		if (maxAge == null) {
			return this;
		}
		notNegative("presence.max-age", maxAge);
		if (maxAge.isZero() || maxAge.isNegative()) {
			return this;
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
		return this;
	}

	PresencePropertiesCheck flush(Duration interval, Duration stateInterval) {
		positive("presence.flush-interval", interval);
		positive("presence.state-flush-interval", stateInterval);
		return this;
	}

	PresencePropertiesCheck redis(PresenceProperties.Redis redis) {
		Duration lease = redis.lease();
		Duration renewal = redis.leaseRenewal();
		positive("presence.redis.lease", lease);
		positive("presence.redis.lease-renewal", renewal);
		positive("presence.redis.command-timeout", redis.commandTimeout());
		if (isLess(lease, renewal, 3)) {
			problem("presence.redis.lease=" + print(lease) + " is less than 3 x presence.redis.lease-renewal="
					+ print(renewal) + ": one renewal that is late would end the lease.",
					"Set presence.redis.lease to at least " + print(renewal.multipliedBy(3))
							+ ", or presence.redis.lease-renewal to at most " + print(lease.dividedBy(3)) + ".");
		}
		if (redis.commandTimeout().compareTo(renewal) > 0) {
			problem("presence.redis.command-timeout=" + print(redis.commandTimeout())
					+ " is more than presence.redis.lease-renewal=" + print(renewal)
					+ ": a renewal could still wait when the next is due.",
					"Set presence.redis.command-timeout to at most " + print(renewal) + ".");
		}
		String prefix = redis.keyPrefix();
		if (prefix.isBlank() || prefix.indexOf('{') >= 0 || prefix.indexOf('}') >= 0) {
			problem("presence.redis.key-prefix='" + prefix + "' is blank or has braces, which decide where keys live in"
					+ " a Redis Cluster.",
					"Set presence.redis.key-prefix to a text without braces, for example 'presence:'.");
		}
		return this;
	}

	PresencePropertiesCheck ttl(Duration ttl, Duration grace, Duration lease) {
		positive("presence.ttl", ttl);
		notNegative("presence.grace", grace);
		if (isLess(ttl, lease, 3)) {
			problem("presence.ttl=" + print(ttl) + " is less than 3 x presence.redis.lease=" + print(lease)
					+ ": entries would expire while their instance keeps them.",
					"Set presence.ttl to at least " + print(lease.multipliedBy(3))
							+ ", or presence.redis.lease to at most " + print(ttl.dividedBy(3))
							+ " and presence.redis.lease-renewal to a third of that.");
		}
		if (ttl.compareTo(grace) <= 0) {
			problem("presence.ttl=" + print(ttl) + " is not more than presence.grace=" + print(grace)
					+ ": members would expire within their grace time.",
					"Set presence.ttl to more than " + print(grace) + ", or presence.grace to less than " + print(ttl)
							+ ".");
		}
		return this;
	}

	PresencePropertiesCheck limits(PresenceProperties.Limits limits) {
		positive("presence.limits.max-connections", limits.maxConnections());
		positive("presence.limits.max-topics", limits.maxTopics());
		positive("presence.limits.max-topics-per-connection", limits.maxTopicsPerConnection());
		positive("presence.limits.max-connections-per-key", limits.maxConnectionsPerKey());
		positive("presence.limits.max-topic-length", limits.maxTopicLength());
		positive("presence.limits.max-frames-per-second", limits.maxFramesPerSecond());
		if (limits.maxConnectionsPerAddress() < 0) {
			problem("presence.limits.max-connections-per-address=" + limits.maxConnectionsPerAddress()
					+ " is negative.",
					"Set presence.limits.max-connections-per-address to 0 for any number of connections, or to a"
							+ " positive number.");
		}
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
		return this;
	}

	PresencePropertiesCheck websocket(PresenceProperties.WebSocket websocket) {
		positive("presence.websocket.ping-interval", websocket.pingInterval());
		positive("presence.websocket.pong-timeout", websocket.pongTimeout());
		positive("presence.websocket.send-timeout", websocket.sendTimeout());
		notNegative("presence.websocket.subscribe-timeout", websocket.subscribeTimeout());
		String path = websocket.path();
		if (!path.startsWith("/") || path.chars().anyMatch((c) -> c <= ' ' || "*?{}#".indexOf(c) >= 0)) {
			problem("presence.websocket.path='" + path + "' is not the path of an endpoint.",
					"Set presence.websocket.path to a path that begins with '/' and has no blanks or patterns, for"
							+ " example '/presence'.");
		}
		for (String origin : websocket.allowedOrigins()) {
			if (!ORIGIN.matcher(origin).matches()) {
				problem("presence.websocket.allowed-origins has '" + origin + "', which no browser sends as origin.",
						"Write it as scheme, host and, if it is not the default, port, for example"
								+ " 'https://app.example.com'; no path and no slash at the end.");
			}
		}
		return this;
	}

	PresencePropertiesCheck shutdown(PresenceProperties.Shutdown shutdown) {
		notNegative("presence.shutdown.timeout", shutdown.timeout());
		return this;
	}

	PresencePropertiesCheck access(List<Access> access) {
		for (int i = 0; i < access.size(); i++) {
			checkAccess("presence.access[" + i + "]", access.get(i));
		}
		return this;
	}

	PresencePropertiesCheck topics(List<Topic> topics) {
		for (int i = 0; i < topics.size(); i++) {
			checkPattern("presence.topics[" + i + "]", topics.get(i).pattern());
		}
		return this;
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
