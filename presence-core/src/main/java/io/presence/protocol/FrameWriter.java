package io.presence.protocol;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.json.JsonStrings;
import io.presence.json.JsonText;
import io.presence.store.MemberState;

/**
 * Writes the frames that clients are sent. Data and states are copied as they are; names,
 * keys and messages are escaped. Topics are the ones that the client sent in control
 * frames, and names without prefix in presence frames.
 */
public final class FrameWriter {

	private static final int VERSION = 1;

	private static final String PONG = "{\"type\":\"pong\"}";

	private FrameWriter() {
	}

	/**
	 * Greets a connection.
	 * @param connectionId the id of the connection
	 * @param heartbeat the time between heartbeat frames, zero for none
	 * @param maxAge the age at which clients drop a member not heard of, zero for never
	 * @param pingInterval the time between the server's pings
	 * @param maxStateBytes the largest state, in bytes of UTF-8
	 * @return a {@code welcome} frame
	 */
	public static String welcome(String connectionId, Duration heartbeat, Duration maxAge, Duration pingInterval,
			int maxStateBytes) {
		StringBuilder out = new StringBuilder(192).append("{\"type\":\"welcome\",\"connectionId\":");
		JsonStrings.append(connectionId, out);
		return out.append(",\"heartbeat\":")
			.append(heartbeat.toMillis())
			.append(",\"maxAge\":")
			.append(maxAge.toMillis())
			.append(",\"pingInterval\":")
			.append(pingInterval.toMillis())
			.append(",\"maxStateBytes\":")
			.append(maxStateBytes)
			.append(",\"protocol\":")
			.append(VERSION)
			.append('}')
			.toString();
	}

	/**
	 * Says that a subscription took effect.
	 * @param topic the topic as it was sent
	 * @param key the key of the member that the connection is, {@code null} if it only
	 * observes
	 * @param ref the number that came with the subscription
	 * @return a {@code subscribed} frame
	 */
	public static String subscribed(String topic, @Nullable String key, @Nullable Long ref) {
		StringBuilder out = control("subscribed", topic);
		if (key != null) {
			out.append(",\"key\":");
			JsonStrings.append(key, out);
		}
		return end(out, ref);
	}

	/**
	 * Refuses a subscription.
	 * @param topic the topic as it was sent
	 * @param reason why
	 * @param ref the number that came with the subscription
	 * @return a {@code subscribe-denied} frame
	 */
	public static String denied(String topic, DenialReason reason, @Nullable Long ref) {
		return end(reason(control("subscribe-denied", topic), reason.code()), ref);
	}

	/**
	 * Says that what the client holds is up to date.
	 * @param topic the topic as it was sent
	 * @param position where the client and the topic are
	 * @return a {@code current} frame
	 */
	public static String current(String topic, Position position) {
		return end(position(control("current", topic), position), null);
	}

	/**
	 * Says that a role in a topic has ended.
	 * @param topic the topic as it was sent
	 * @param reason why
	 * @param ref the number that came with the {@code unsubscribe}, if one is answered
	 * @return an {@code unsubscribed} frame
	 */
	public static String unsubscribed(String topic, UnsubscribeReason reason, @Nullable Long ref) {
		return end(reason(control("unsubscribed", topic), reason.code()), ref);
	}

	/**
	 * Refuses a frame.
	 * @param code what was wrong
	 * @param message what was wrong with which value, and what to do
	 * @param topic the topic as it was sent, {@code null} if it is not known
	 * @param ref the number that came with the frame
	 * @return an {@code error} frame
	 */
	public static String error(ErrorCode code, String message, @Nullable String topic, @Nullable Long ref) {
		return end(errorWithoutEnd(code, message, topic), ref);
	}

	/**
	 * Refuses a frame of a connection that sends too many.
	 * @param message which limit
	 * @param retryAfter when frames will be taken again
	 * @param topic the topic as it was sent, {@code null} if it is not known
	 * @param ref the number that came with the frame
	 * @return an {@code error} frame with the code {@code rate-limited}
	 */
	public static String rateLimited(String message, Duration retryAfter, @Nullable String topic, @Nullable Long ref) {
		return end(retryAfter(errorWithoutEnd(ErrorCode.RATE_LIMITED, message, topic), retryAfter), ref);
	}

	/**
	 * Says that the instance is about to close the connection.
	 * @param retryAfter when to connect again
	 * @return a {@code goodbye} frame
	 */
	public static String goodbye(Duration retryAfter) {
		return end(retryAfter(new StringBuilder("{\"type\":\"goodbye\",\"reason\":\"shutdown\""), retryAfter), null);
	}

	/**
	 * Answers a {@code ping}.
	 * @return a {@code pong} frame
	 */
	public static String pong() {
		return PONG;
	}

	/**
	 * Tells the whole roster of a topic.
	 * @param topic the name of the topic
	 * @param position where the topic is
	 * @param members the data of each member, by key
	 * @param states the states, by connection id
	 * @return a {@code state} frame
	 */
	public static String state(String topic, Position position, Map<String, JsonText> members,
			Map<String, MemberState> states) {
		StringBuilder out = presence(topic, "state", capacity(members.size() + states.size()));
		count(position(out, position), members.size()).append(",\"data\":");
		appendData(members, out);
		out.append(",\"states\":{");
		char separator = 0;
		for (Map.Entry<String, MemberState> entry : states.entrySet()) {
			MemberState state = entry.getValue();
			separator = name(entry.getKey(), separator, out);
			appendState(state.key(), state.state(), state.n(), out);
		}
		return out.append("}}").toString();
	}

	/**
	 * Tells how a topic moved from one version to another.
	 * @param topic the name of the topic
	 * @param from the version that it moves from
	 * @param position where the topic is now
	 * @param count the number of members now
	 * @param joins the data of the members that are new or were updated, by key
	 * @param leaves the last data of the members that left, by key
	 * @param updated the keys of {@code joins} that were updates
	 * @param reasons why they left, by the keys of {@code leaves}
	 * @param states the states that were set or cleared, by connection id
	 * @return a {@code diff} frame
	 */
	public static String diff(String topic, long from, Position position, int count, Map<String, JsonText> joins,
			Map<String, JsonText> leaves, Collection<String> updated, Map<String, LeaveReason> reasons,
			Map<String, StateUpdate> states) {
		StringBuilder out = presence(topic, "diff", capacity(joins.size() + leaves.size() + states.size()));
		out.append(",\"epoch\":");
		JsonStrings.append(position.epoch(), out);
		out.append(",\"from\":").append(from).append(",\"v\":").append(position.version());
		count(out, count).append(",\"data\":{\"joins\":");
		appendData(joins, out);
		out.append(",\"leaves\":");
		appendData(leaves, out);
		out.append('}');
		appendUpdated(updated, out);
		appendReasons(reasons, out);
		appendStates(states, out);
		return out.append('}').toString();
	}

	/**
	 * Tells observers where a topic is.
	 * @param topic the name of the topic
	 * @param position where the topic is
	 * @param count the number of members
	 * @param members the data of each member, by key, or {@code null} for those who asked
	 * for light heartbeats
	 * @return a {@code heartbeat} frame
	 */
	public static String heartbeat(String topic, Position position, int count,
			@Nullable Map<String, JsonText> members) {
		StringBuilder out = presence(topic, "heartbeat", capacity((members != null) ? members.size() : 0));
		count(position(out, position), count);
		if (members != null) {
			out.append(",\"data\":");
			appendData(members, out);
		}
		return out.append('}').toString();
	}

	private static StringBuilder control(String type, String topic) {
		StringBuilder out = new StringBuilder(128).append("{\"type\":\"").append(type).append("\",\"topic\":");
		JsonStrings.append(topic, out);
		return out;
	}

	private static StringBuilder presence(String topic, String event, int capacity) {
		StringBuilder out = new StringBuilder(capacity).append("{\"topic\":");
		JsonStrings.append(SentTopic.PREFIX + topic, out);
		return out.append(",\"event\":\"").append(event).append('"');
	}

	private static int capacity(int entries) {
		return 256 + 96 * Math.min(entries, 10_000);
	}

	private static StringBuilder errorWithoutEnd(ErrorCode code, String message, @Nullable String topic) {
		StringBuilder out = new StringBuilder(192).append("{\"type\":\"error\",\"code\":\"")
			.append(code.code())
			.append("\",\"message\":");
		JsonStrings.append(message, out);
		if (topic != null) {
			out.append(",\"topic\":");
			JsonStrings.append(topic, out);
		}
		return out;
	}

	private static StringBuilder reason(StringBuilder out, String reason) {
		return out.append(",\"reason\":\"").append(reason).append('"');
	}

	private static StringBuilder retryAfter(StringBuilder out, Duration retryAfter) {
		return out.append(",\"retryAfter\":").append(retryAfter.toMillis());
	}

	private static StringBuilder position(StringBuilder out, Position position) {
		out.append(",\"epoch\":");
		JsonStrings.append(position.epoch(), out);
		return out.append(",\"v\":").append(position.version());
	}

	private static StringBuilder count(StringBuilder out, int count) {
		return out.append(",\"count\":").append(count);
	}

	private static String end(StringBuilder out, @Nullable Long ref) {
		if (ref != null) {
			out.append(",\"ref\":").append(ref.longValue());
		}
		return out.append('}').toString();
	}

	private static void appendData(Map<String, JsonText> members, StringBuilder out) {
		out.append('{');
		char separator = 0;
		for (Map.Entry<String, JsonText> entry : members.entrySet()) {
			separator = name(entry.getKey(), separator, out);
			out.append(entry.getValue().text());
		}
		out.append('}');
	}

	private static void appendUpdated(Collection<String> updated, StringBuilder out) {
		if (updated.isEmpty()) {
			return;
		}
		out.append(",\"updated\":");
		char separator = '[';
		for (String key : updated) {
			out.append(separator);
			JsonStrings.append(key, out);
			separator = ',';
		}
		out.append(']');
	}

	private static void appendReasons(Map<String, LeaveReason> reasons, StringBuilder out) {
		if (reasons.isEmpty()) {
			return;
		}
		out.append(",\"reasons\":{");
		char separator = 0;
		for (Map.Entry<String, LeaveReason> entry : reasons.entrySet()) {
			separator = name(entry.getKey(), separator, out);
			out.append('"').append(entry.getValue().code()).append('"');
		}
		out.append('}');
	}

	private static void appendStates(Map<String, StateUpdate> states, StringBuilder out) {
		if (states.isEmpty()) {
			return;
		}
		out.append(",\"states\":{");
		char separator = 0;
		for (Map.Entry<String, StateUpdate> entry : states.entrySet()) {
			StateUpdate update = entry.getValue();
			separator = name(entry.getKey(), separator, out);
			appendState(update.key(), update.state(), update.n(), out);
		}
		out.append('}');
	}

	private static void appendState(String key, @Nullable JsonText state, long n, StringBuilder out) {
		out.append("{\"key\":");
		JsonStrings.append(key, out);
		out.append(",\"state\":")
			.append((state != null) ? state.text() : "null")
			.append(",\"n\":")
			.append(n)
			.append('}');
	}

	private static char name(String name, char separator, StringBuilder out) {
		if (separator != 0) {
			out.append(separator);
		}
		JsonStrings.append(name, out);
		out.append(':');
		return ',';
	}

}
