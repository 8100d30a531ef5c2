package io.presence.spring.conformance;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

import tools.jackson.databind.JsonNode;

/**
 * Keeps a roster from frames as the protocol tells clients to, and complains about frames
 * that contradict it.
 */
final class RosterDecoder {

	private final String topic;

	private final Map<String, JsonNode> members = new TreeMap<>();

	private final Map<String, JsonNode> states = new HashMap<>();

	private String epoch = "";

	private long version = -1;

	private boolean gap = true;

	RosterDecoder(String topic) {
		this.topic = "__presence:" + topic;
	}

	Map<String, JsonNode> members() {
		return this.members;
	}

	Map<String, JsonNode> states() {
		return this.states;
	}

	long version() {
		return this.version;
	}

	boolean hasGap() {
		return this.gap;
	}

	/**
	 * Takes a presence frame.
	 * @return {@code false} if the client must ask for a snapshot
	 */
	boolean receive(JsonNode frame) {
		if (!frame.path("topic").asString("").equals(this.topic)) {
			throw new AssertionError("A frame of another topic: " + frame);
		}
		switch (frame.path("event").asString("")) {
			case "state" -> state(frame);
			case "diff" -> {
				return diff(frame);
			}
			case "heartbeat" -> {
				if (!this.gap && !isHere(frame, "v")) {
					this.gap = true;
					return false;
				}
			}
			default -> throw new AssertionError("No presence frame: " + frame);
		}
		return true;
	}

	private void state(JsonNode frame) {
		this.members.clear();
		this.states.clear();
		frame.path("data").properties().forEach((entry) -> this.members.put(entry.getKey(), entry.getValue()));
		frame.path("states").properties().forEach((entry) -> this.states.put(entry.getKey(), entry.getValue()));
		this.epoch = frame.path("epoch").asString();
		this.gap = false;
		moved(frame);
	}

	private boolean diff(JsonNode frame) {
		if (this.gap || frame.path("epoch").asString().equals(this.epoch) && frame.path("v").asLong() <= this.version) {
			return true;
		}
		if (!isHere(frame, "from")) {
			this.gap = true;
			return false;
		}
		JsonNode joins = frame.path("data").path("joins");
		JsonNode leaves = frame.path("data").path("leaves");
		leaves.propertyNames().forEach((key) -> {
			require(!joins.has(key), frame, "joins and leaves share " + key);
			require(frame.path("reasons").has(key), frame, "no reason for " + key);
			require(this.members.remove(key) != null, frame, key + " leaves but was not there");
			this.states.values().removeIf((state) -> state.path("key").asString().equals(key));
		});
		for (JsonNode updated : frame.path("updated")) {
			require(joins.has(updated.asString()) && this.members.containsKey(updated.asString()), frame,
					updated + " is updated but was not there");
		}
		joins.properties().forEach((entry) -> {
			JsonNode before = this.members.put(entry.getKey(), entry.getValue());
			require(before == null || frame.path("updated").toString().contains(entry.getKey()), frame,
					entry.getKey() + " joins but was there");
		});
		frame.path("states").properties().forEach((entry) -> {
			if (entry.getValue().path("state").isNull()) {
				this.states.remove(entry.getKey());
			}
			else {
				this.states.put(entry.getKey(), entry.getValue());
			}
		});
		moved(frame);
		return true;
	}

	private boolean isHere(JsonNode frame, String version) {
		return frame.path("epoch").asString().equals(this.epoch) && frame.path(version).asLong() == this.version;
	}

	private void moved(JsonNode frame) {
		this.version = frame.path("v").asLong();
		require(frame.path("count").asInt() == this.members.size(), frame,
				"the count is not that of the members, " + this.members.size());
		this.states.forEach((id, state) -> require(this.members.containsKey(state.path("key").asString()), frame,
				"a state of one who is not there: " + id));
	}

	private static void require(boolean holds, JsonNode frame, String otherwise) {
		if (!holds) {
			throw new AssertionError(otherwise + ": " + frame);
		}
	}

}
