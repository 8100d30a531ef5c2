package io.presence.redis;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.presence.store.Hold;
import io.presence.store.MemberState;

/**
 * What one call of the commit script tells: for each mark what is true now.
 */
final class Batch {

	private static final int MAX_MARKS = 200;

	private static final int MAX_BYTES = 256 * 1024;

	private final Truth truth;

	private final int maxMarks;

	private final Set<Mark> marks = new LinkedHashSet<>();

	private final Map<String, Integer> topics = new LinkedHashMap<>();

	private final List<String> arguments = new ArrayList<>();

	private int bytes;

	Batch(Truth truth, int maxMarks) {
		this.truth = truth;
		this.maxMarks = Math.min(maxMarks, MAX_MARKS);
	}

	static int maxMarks() {
		return MAX_MARKS;
	}

	boolean isEmpty() {
		return this.marks.isEmpty();
	}

	boolean contains(Mark mark) {
		return this.marks.contains(mark);
	}

	List<Mark> marks() {
		return List.copyOf(this.marks);
	}

	Set<String> topics() {
		return this.topics.keySet();
	}

	List<String> arguments() {
		return this.arguments;
	}

	/**
	 * Adds what is true of a mark.
	 * @param mark the mark
	 * @return whether it fitted; the first always does
	 */
	boolean add(Mark mark) {
		List<String> said = mark.id().isHold() ? hold(mark) : state(mark.id());
		int size = said.stream().mapToInt(String::length).sum() + mark.id().topic().length();
		if (!isEmpty() && (this.marks.size() >= this.maxMarks || this.bytes + size > MAX_BYTES)) {
			return false;
		}
		Integer number = this.topics.computeIfAbsent(mark.id().topic(), (topic) -> this.topics.size() + 1);
		this.arguments.add(number.toString());
		this.arguments.addAll(said);
		this.bytes += size;
		this.marks.add(mark);
		return true;
	}

	private List<String> hold(Mark mark) {
		String key = mark.id().id();
		Hold hold = this.truth.hold(mark.id().topic(), key);
		mark.told = hold;
		if (hold instanceof Hold.Held held) {
			StoredHold stored = this.truth.stored(held);
			String kind = held.yielding() ? "y" : held.repeated() ? "H" : "h";
			return List.of(kind, Octets.of(key), Long.toString(stored.stamp()), Octets.of(stored.data().text()));
		}
		return List.of("d", Octets.of(key), ((Hold.Released) hold).reason().code());
	}

	private List<String> state(Mark.Id id) {
		String connection = Octets.of(id.id());
		MemberState state = this.truth.state(id.topic(), id.id());
		if (state == null) {
			return List.of("c", connection);
		}
		return List.of("s", connection, Octets.of(state.key()), Long.toString(state.n()),
				Octets.of(state.state().text()));
	}

}
