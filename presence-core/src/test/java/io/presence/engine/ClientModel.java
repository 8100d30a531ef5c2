package io.presence.engine;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a client makes of the frames it gets, by the rules of the protocol to the letter.
 * It fails on every frame that a server must not send.
 */
final class ClientModel {

	private static final JsonMapper mapper = new JsonMapper();

	private final Map<String, TopicModel> topics = new HashMap<>();

	/** Whether frames may have been dropped for this client, so that a gap is allowed. */
	private final boolean lossy;

	/** What an earlier connection of the same client had. */
	private final Map<String, TopicModel> before;

	private final Edges edges;

	ClientModel(boolean lossy, @Nullable ClientModel before) {
		this(lossy, before, (topic, key, edge, reason) -> {
		});
	}

	ClientModel(boolean lossy, @Nullable ClientModel before, Edges edges) {
		this.lossy = lossy;
		this.edges = edges;
		this.before = (before != null) ? before.topics : Map.of();
	}

	/**
	 * Returns what is passed with the first subscription on a new connection, to get only
	 * what was missed.
	 */
	@Nullable TopicModel had(String name) {
		TopicModel had = this.before.get(name);
		return (had != null && had.epoch != null && !this.topics.containsKey(name)) ? had : null;
	}

	void receive(String text) {
		JsonNode frame = mapper.readTree(text);
		if (frame.has("event")) {
			String topic = frame.get("topic").asString();
			assertThat(topic).startsWith("__presence:");
			String name = topic.substring("__presence:".length());
			TopicModel model = this.topics.get(name);
			assertThat(model).as("a presence frame without a subscription: " + text).isNotNull();
			model.apply(name, frame, text);
		}
		else if (frame.get("type").asString().equals("subscribed")) {
			String topic = frame.get("topic").asString();
			this.topics.computeIfAbsent(name(topic), (name) -> {
				TopicModel had = had(name);
				return (had != null) ? new TopicModel(had) : new TopicModel();
			}).grounds.add(topic);
		}
		else if (frame.get("type").asString().equals("unsubscribed")) {
			String topic = frame.get("topic").asString();
			TopicModel model = this.topics.get(name(topic));
			if (model != null && model.grounds.remove(topic) && model.grounds.isEmpty()) {
				this.topics.remove(name(topic));
			}
		}
	}

	@Nullable TopicModel topic(String name) {
		return this.topics.get(name);
	}

	private static String name(String topic) {
		return topic.startsWith("__presence:") ? topic.substring("__presence:".length()) : topic;
	}

	/**
	 * What a client has of one topic.
	 */
	final class TopicModel {

		final Map<String, JsonNode> members = new LinkedHashMap<>();

		final Map<String, State> states = new HashMap<>();

		private final Set<String> grounds = new HashSet<>();

		@Nullable String epoch;

		long version;

		TopicModel() {
		}

		TopicModel(TopicModel had) {
			this.members.putAll(had.members);
			this.states.putAll(had.states);
			this.epoch = had.epoch;
			this.version = had.version;
		}

		void apply(String name, JsonNode frame, String text) {
			switch (frame.get("event").asString()) {
				case "state" -> state(frame);
				case "diff" -> diff(name, frame, text);
				case "heartbeat" -> heartbeat(frame, text);
				default -> throw new AssertionError("Unknown event: " + text);
			}
			if (frame.get("count").asInt() != this.members.size()) {
				assertThat(frame.get("count").asInt()).as(text).isEqualTo(this.members.size());
			}
		}

		/**
		 * Returns the state of each member that has one.
		 */
		Map<String, JsonNode> shownStates() {
			Map<String, String> newest = new HashMap<>();
			this.states.forEach((id, state) -> newest.merge(state.key, id, (one, other) -> {
				int order = Long.compare(this.states.get(one).n, this.states.get(other).n);
				return ((order != 0) ? order : one.compareTo(other)) > 0 ? one : other;
			}));
			Map<String, JsonNode> shown = new HashMap<>();
			newest.forEach((key, id) -> shown.put(key, this.states.get(id).state));
			return shown;
		}

		private void state(JsonNode frame) {
			this.epoch = frame.get("epoch").asString();
			this.version = frame.get("v").asLong();
			this.members.clear();
			this.states.clear();
			frame.get("data")
				.propertyStream()
				.forEach((member) -> this.members.put(member.getKey(), member.getValue()));
			putStates(frame, frame.toString());
		}

		private void diff(String name, JsonNode frame, String text) {
			assertThat(this.epoch).as("a diff before a state: " + text).isNotNull();
			if (!frame.get("epoch").asString().equals(this.epoch) || frame.get("from").asLong() != this.version) {
				assertThat(ClientModel.this.lossy).as("a gap after version " + this.version + ": " + text).isTrue();
				throw new AssertionError("A diff for a topic that has lapsed: " + text);
			}
			this.version = frame.get("v").asLong();
			JsonNode joins = frame.get("data").get("joins");
			JsonNode leaves = frame.get("data").get("leaves");
			Set<String> updated = new HashSet<>();
			frame.path("updated").forEach((key) -> updated.add(key.asString()));
			joins.propertyStream().forEach((join) -> {
				assertThat(leaves.has(join.getKey())).as("joined and left: " + text).isFalse();
				assertThat(this.members.containsKey(join.getKey())).as("updated says otherwise: " + text)
					.isEqualTo(updated.contains(join.getKey()));
				this.members.put(join.getKey(), join.getValue());
				ClientModel.this.edges.seen(name, join.getKey(),
						updated.contains(join.getKey()) ? Edge.UPDATE : Edge.JOIN, null);
			});
			leaves.propertyNames().forEach((key) -> {
				assertThat(this.members.remove(key)).as("left without having been there: " + text).isNotNull();
				assertThat(frame.path("reasons").has(key)).as("left without a reason: " + text).isTrue();
				this.states.values().removeIf((state) -> state.key.equals(key));
				ClientModel.this.edges.seen(name, key, Edge.LEAVE, frame.get("reasons").get(key).asString());
			});
			if (frame.has("states")) {
				putStates(frame, text);
			}
		}

		private void heartbeat(JsonNode frame, String text) {
			assertThat(frame.get("epoch").asString()).as(text).isEqualTo(this.epoch);
			assertThat(frame.get("v").asLong()).as(text).isEqualTo(this.version);
			if (frame.has("data")) {
				Map<String, JsonNode> data = new HashMap<>();
				frame.get("data").propertyStream().forEach((member) -> data.put(member.getKey(), member.getValue()));
				assertThat(data).as(text).isEqualTo(this.members);
			}
		}

		/**
		 * Tells whether a diff tells several versions at once, so that a state may have
		 * come and gone in it.
		 */
		private boolean spansSeveral(JsonNode frame) {
			return frame.get("v").asLong() - frame.get("from").asLong() > 1;
		}

		private void putStates(JsonNode frame, String text) {
			frame.get("states").propertyStream().forEach((entry) -> {
				JsonNode state = entry.getValue();
				if (state.get("state").isNull()) {
					State before = this.states.remove(entry.getKey());
					assertThat(before != null || spansSeveral(frame)).as("cleared what was not there: " + text)
						.isTrue();
				}
				else {
					assertThat(this.members).as("the state of nobody: " + text)
						.containsKey(state.get("key").asString());
					this.states.put(entry.getKey(),
							new State(state.get("key").asString(), state.get("state"), state.get("n").asLong()));
				}
			});
		}

	}

	/**
	 * What a diff says of a member.
	 */
	enum Edge {

		JOIN, UPDATE, LEAVE

	}

	/**
	 * Hears what the diffs say.
	 */
	@FunctionalInterface
	interface Edges {

		void seen(String topic, String key, Edge edge, @Nullable String reason);

	}

	record State(String key, JsonNode state, long n) {

	}

}
