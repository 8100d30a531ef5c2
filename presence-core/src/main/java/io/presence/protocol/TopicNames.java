package io.presence.protocol;

import io.presence.InvalidTopicException;
import io.presence.json.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * Checks the names of topics. Nothing is normalized: two spellings are two topics.
 */
public final class TopicNames {

	/**
	 * What no topic's name begins with.
	 */
	public static final String RESERVED_PREFIX = "__";

	private final int maxLength;

	/**
	 * Creates a check.
	 * @param maxLength the longest name in code points, at least 1,
	 * {@code presence.limits.max-topic-length}
	 */
	public TopicNames(int maxLength) {
		if (maxLength < 1) {
			throw new IllegalArgumentException(
					"presence.limits.max-topic-length is " + maxLength + " but must be at least 1");
		}
		this.maxLength = maxLength;
	}

	/**
	 * Returns the name if it is one of a topic.
	 * @param name the name
	 * @return the same name
	 * @throws InvalidTopicException if it is absent, empty, too long, reserved, has white
	 * space at an end, or contains a control character, a line or paragraph separator, a
	 * lone surrogate or a bidirectional control. Its message quotes the name escaped and
	 * shortened
	 */
	public String check(@Nullable String name) {
		if (name == null || name.isEmpty()) {
			throw new InvalidTopicException(
					"The topic is missing: give a name of 1 to " + this.maxLength + " code points");
		}
		// First the length, so that the rest is bounded.
		if (name.length() > this.maxLength && name.codePointCount(0, name.length()) > this.maxLength) {
			throw new InvalidTopicException("The topic " + Quoted.of(name) + " is longer than " + this.maxLength
					+ " code points (presence.limits.max-topic-length)");
		}
		if (name.startsWith(RESERVED_PREFIX)) {
			throw new InvalidTopicException(
					"The topic " + Quoted.of(name) + " is reserved: names must not begin with " + RESERVED_PREFIX);
		}
		int codePoint;
		for (int i = 0; i < name.length(); i += Character.charCount(codePoint)) {
			codePoint = name.codePointAt(i);
			String refused = refused(codePoint);
			if (refused != null) {
				throw refused(name, refused, codePoint, i);
			}
		}
		refuseSpace(name, name.codePointAt(0), 0);
		int last = name.codePointBefore(name.length());
		refuseSpace(name, last, name.length() - Character.charCount(last));
		return name;
	}

	private static @Nullable String refused(int codePoint) {
		if (codePoint >= ' ' && codePoint < 0x7f) {
			return null;
		}
		return switch (Character.getType(codePoint)) {
			case Character.CONTROL -> "a control character";
			case Character.LINE_SEPARATOR -> "a line separator";
			case Character.PARAGRAPH_SEPARATOR -> "a paragraph separator";
			case Character.SURROGATE -> "a lone surrogate";
			case Character.FORMAT -> isBidirectionalControl(codePoint) ? "a bidirectional control" : null;
			default -> null;
		};
	}

	private static boolean isBidirectionalControl(int codePoint) {
		return codePoint == 0x061c || codePoint == 0x200e || codePoint == 0x200f
				|| (codePoint >= 0x202a && codePoint <= 0x202e) || (codePoint >= 0x2066 && codePoint <= 0x2069);
	}

	private static void refuseSpace(String name, int codePoint, int index) {
		if (Character.isSpaceChar(codePoint)) {
			throw refused(name, "white space at an end", codePoint, index);
		}
	}

	private static InvalidTopicException refused(String name, String what, int codePoint, int index) {
		return new InvalidTopicException("The topic %s has %s, U+%04X, at index %d: remove it"
			.formatted(Quoted.of(name), what, codePoint, index));
	}

}
