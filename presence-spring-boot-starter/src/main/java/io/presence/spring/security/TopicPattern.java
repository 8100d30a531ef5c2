package io.presence.spring.security;

import org.springframework.util.AntPathMatcher;

/**
 * An Ant-style pattern for names of topics, whose parts are separated by colons:
 * {@code ?} matches one character, {@code *} any number of characters within a part, and
 * {@code **} any number of parts. {@code room:*} matches {@code room:42} but not
 * {@code room:42:cursors}; {@code room:**} matches both, and {@code room}; {@code **}
 * matches every topic. Case matters. A slash is a character like any other.
 */
public final class TopicPattern {

	private static final AntPathMatcher matcher = matcher();

	private final String pattern;

	private TopicPattern(String pattern) {
		this.pattern = pattern;
	}

	/**
	 * Returns the pattern for a text.
	 * @param pattern the text
	 * @return the pattern
	 * @throws IllegalArgumentException if it is not a pattern
	 */
	public static TopicPattern of(String pattern) {
		if (pattern.isBlank()) {
			throw new IllegalArgumentException("it is blank");
		}
		if (pattern.indexOf('{') >= 0 || pattern.indexOf('}') >= 0) {
			throw new IllegalArgumentException("it has braces");
		}
		return new TopicPattern(pattern);
	}

	/**
	 * Tells whether a topic matches.
	 * @param topic the name of the topic
	 * @return whether it does
	 */
	public boolean matches(String topic) {
		return this.pattern.equals("**") || matcher.match(this.pattern, topic);
	}

	@Override
	public String toString() {
		return this.pattern;
	}

	private static AntPathMatcher matcher() {
		AntPathMatcher matcher = new AntPathMatcher(":");
		matcher.setCachePatterns(true);
		return matcher;
	}

}
