package io.presence.engine;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.json.JsonText;
import io.presence.protocol.FrameWriter;
import io.presence.protocol.Position;
import io.presence.protocol.StateUpdate;

/**
 * How a roster moved from one version to another.
 *
 * @param joins the data of the members that are new or were updated, by key
 * @param updated the keys of those that were updated
 * @param leaves the last data of the members that left, and why, by key
 * @param states the states that were set or cleared, by connection id; those of members
 * that left among them
 */
record Diff(Map<String, JsonText> joins, Set<String> updated, Map<String, Departure> leaves,
		Map<String, StateUpdate> states) {

	Diff() {
		this(new LinkedHashMap<>(), new HashSet<>(), new LinkedHashMap<>(), new LinkedHashMap<>());
	}

	boolean isEmpty() {
		return this.joins.isEmpty() && this.leaves.isEmpty() && this.states.isEmpty();
	}

	int size() {
		return this.joins.size() + this.leaves.size() + this.states.size();
	}

	/**
	 * Puts several consecutive diffs together: what lies between them is left out.
	 */
	static Diff merge(Iterable<Diff> diffs) {
		Map<String, Edges> members = new LinkedHashMap<>();
		Map<String, StateUpdate> states = new LinkedHashMap<>();
		for (Diff diff : diffs) {
			diff.leaves
				.forEach((key, departure) -> members.computeIfAbsent(key, (absent) -> new Edges(true)).left(departure));
			diff.joins
				.forEach((key, data) -> members.computeIfAbsent(key, (absent) -> new Edges(diff.updated.contains(key)))
					.present(data));
			states.putAll(diff.states);
		}
		Diff merged = new Diff();
		members.forEach((key, edges) -> edges.addTo(merged, key));
		merged.states.putAll(states);
		return merged;
	}

	/**
	 * Returns the same in as little memory as it takes, to be kept and not changed: most
	 * diffs of a large instance have one member in one of the four.
	 */
	Diff compact() {
		return new Diff(compact(this.joins), this.updated.isEmpty() ? Set.of() : this.updated, compact(this.leaves),
				compact(this.states));
	}

	private static <T> Map<String, T> compact(Map<String, T> map) {
		if (map.size() > 1) {
			return map;
		}
		return map.isEmpty() ? Map.of() : Map.copyOf(map);
	}

	String toFrame(String topic, String epoch, long from, long version, int count) {
		Map<String, JsonText> left = new LinkedHashMap<>();
		Map<String, LeaveReason> reasons = new LinkedHashMap<>();
		this.leaves.forEach((key, departure) -> {
			left.put(key, departure.data());
			reasons.put(key, departure.reason());
		});
		return FrameWriter.diff(topic, from, new Position(epoch, version), count, this.joins, left, this.updated,
				reasons, statesOfThosePresent());
	}

	private Map<String, StateUpdate> statesOfThosePresent() {
		if (this.leaves.isEmpty()) {
			return this.states;
		}
		Map<String, StateUpdate> present = new LinkedHashMap<>(this.states);
		List<String> gone = new ArrayList<>();
		present.forEach((id, state) -> {
			if (this.leaves.containsKey(state.key())) {
				gone.add(id);
			}
		});
		present.keySet().removeAll(gone);
		return present;
	}

	/**
	 * A member that left.
	 *
	 * @param data its last data
	 * @param reason why it left
	 */
	record Departure(JsonText data, LeaveReason reason) {

	}

	/**
	 * What is known of one key before the first and after the last of several diffs.
	 */
	private static final class Edges {

		private final boolean presentBefore;

		private @Nullable JsonText now;

		private @Nullable Departure departure;

		Edges(boolean presentBefore) {
			this.presentBefore = presentBefore;
		}

		void present(JsonText data) {
			this.now = data;
			this.departure = null;
		}

		void left(Departure departure) {
			this.now = null;
			this.departure = departure;
		}

		void addTo(Diff merged, String key) {
			if (this.now != null) {
				merged.joins.put(key, this.now);
				if (this.presentBefore) {
					merged.updated.add(key);
				}
			}
			if (this.departure != null && this.presentBefore) {
				merged.leaves.put(key, this.departure);
			}
		}

	}

}
