package io.presence.json;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

import io.presence.PresenceDataException;
import org.jspecify.annotations.Nullable;

/**
 * Collects the events of one value, leaves out what is under dropped names, and stops at
 * the first limit that is passed. Objects are kept sorted by name.
 */
final class TreeBuilder {

	private static final int NOTHING_SKIPPED = -1;

	private final JsonLimits limits;

	private final int maxBytes;

	private final Predicate<String> dropped;

	private final Deque<Container> open = new ArrayDeque<>();

	private @Nullable Object root;

	private @Nullable String name;

	private int depth;

	private int nodes;

	private int charsLeft;

	private long keptChars;

	/**
	 * The depth of the object whose dropped member is being passed over.
	 */
	private int skippedAt = NOTHING_SKIPPED;

	TreeBuilder(JsonLimits limits, int maxBytes, Predicate<String> dropped) {
		this.limits = limits.withRoomFor(maxBytes);
		this.maxBytes = maxBytes;
		this.dropped = dropped;
		this.charsLeft = this.limits.maxChars();
	}

	void startObject() {
		start(new Members(new TreeMap<>()));
	}

	void startArray() {
		start(new Elements(new ArrayList<>()));
	}

	private void start(Container container) {
		countNode();
		if (this.depth == this.limits.maxDepth()) {
			throw new PresenceDataException("The value is nested deeper than " + this.limits.maxDepth()
					+ " levels; does an object in it contain itself?");
		}
		if (this.skippedAt == NOTHING_SKIPPED) {
			keep(2);
			add(container);
			this.open.push(container);
		}
		this.depth++;
	}

	void end() {
		this.depth--;
		if (this.skippedAt == NOTHING_SKIPPED) {
			this.open.pop();
		}
		else {
			endSkipped();
		}
	}

	boolean drops(String name) {
		require(name.length());
		if (!this.dropped.test(name)) {
			return false;
		}
		this.charsLeft -= name.length();
		countNode();
		return true;
	}

	void name(String name) {
		require(name.length());
		this.charsLeft -= name.length();
		if (this.skippedAt != NOTHING_SKIPPED) {
			return;
		}
		if (this.dropped.test(name)) {
			this.skippedAt = this.depth;
			return;
		}
		keep(name.length() + 3L);
		this.name = name;
	}

	void string(String value) {
		require(value.length());
		this.charsLeft -= value.length();
		scalar(value, value.length() + 2L);
	}

	void literal(String text) {
		scalar(new Literal(text), text.length());
	}

	private void scalar(Object value, long length) {
		countNode();
		if (this.skippedAt == NOTHING_SKIPPED) {
			keep(length);
			add(value);
		}
		else {
			endSkipped();
		}
	}

	private void endSkipped() {
		if (this.skippedAt == this.depth) {
			this.skippedAt = NOTHING_SKIPPED;
		}
	}

	private void add(Object value) {
		Container container = this.open.peek();
		if (container == null) {
			this.root = value;
		}
		else if (container instanceof Elements elements) {
			elements.values().add(value);
		}
		else if (container instanceof Members members && this.name != null
				&& members.values().put(this.name, value) != null) {
			throw new PresenceDataException("The name " + Quoted.of(this.name) + " occurs twice in one object");
		}
	}

	private void countNode() {
		if (++this.nodes > this.limits.maxNodes()) {
			throw new PresenceDataException("The value consists of more than " + this.limits.maxNodes() + " values");
		}
	}

	/**
	 * Returns how many more characters may come.
	 */
	int charsLeft() {
		return this.charsLeft;
	}

	/**
	 * Checks, before they are copied, that so many characters may still come.
	 */
	void require(int chars) {
		if (chars > this.charsLeft) {
			if (this.skippedAt == NOTHING_SKIPPED && chars > this.maxBytes) {
				throw new JsonTooLargeException(this.maxBytes);
			}
			throw new PresenceDataException(
					"The value has more than " + this.limits.maxChars() + " characters in its names and strings");
		}
	}

	/**
	 * Counts characters of the result, each of which takes at least one byte.
	 */
	private void keep(long chars) {
		this.keptChars += chars;
		if (this.keptChars > this.maxBytes) {
			throw new JsonTooLargeException(this.maxBytes);
		}
	}

	JsonText toText() {
		if (this.root == null || this.depth != 0) {
			throw new PresenceDataException("The value ends before it is complete");
		}
		StringBuilder out = new StringBuilder((int) this.keptChars + 16);
		append(this.root, out);
		JsonText text = new JsonText(out.toString());
		if (text.utf8Length() > this.maxBytes) {
			throw new JsonTooLargeException(this.maxBytes);
		}
		return text;
	}

	private static void append(Object value, StringBuilder out) {
		if (value instanceof String string) {
			JsonStrings.append(string, out);
		}
		else if (value instanceof Literal literal) {
			out.append(literal.text());
		}
		else if (value instanceof Members members) {
			char separator = '{';
			for (Map.Entry<String, Object> member : members.values().entrySet()) {
				out.append(separator);
				JsonStrings.append(member.getKey(), out);
				append(member.getValue(), out.append(':'));
				separator = ',';
			}
			out.append(members.values().isEmpty() ? "{}" : "}");
		}
		else if (value instanceof Elements elements) {
			char separator = '[';
			for (Object element : elements.values()) {
				append(element, out.append(separator));
				separator = ',';
			}
			out.append(elements.values().isEmpty() ? "[]" : "]");
		}
	}

	private record Literal(String text) {
	}

	private sealed interface Container {

	}

	private record Members(Map<String, Object> values) implements Container {
	}

	private record Elements(List<Object> values) implements Container {
	}

}
