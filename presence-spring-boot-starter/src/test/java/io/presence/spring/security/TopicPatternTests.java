package io.presence.spring.security;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link TopicPattern}.
 */
class TopicPatternTests {

	@ParameterizedTest
	@CsvSource({ "room:42, room:42", "room:*, room:42", "room:*, room:a/b", "room:**, room:42:cursors", "room:**, room",
			"**, anything:at:all", "**, :odd", "**, a", "room:4?, room:42", "*, lobby", "doc:*:cursors, doc:7:cursors",
			"room:*, room:ä😀" })
	void matches(String pattern, String topic) {
		assertThat(TopicPattern.of(pattern).matches(topic)).isTrue();
	}

	@ParameterizedTest
	@CsvSource({ "room:42, room:43", "room:*, room:42:cursors", "room:*, rooms:42", "room:*, room", "room:*, Room:42",
			"*, room:42", "room:4?, room:4", "doc:*:cursors, doc:7", "room:*, admin:room:42", "room:42, room:42:",
			"room, rooms" })
	void doesNotMatch(String pattern, String topic) {
		assertThat(TopicPattern.of(pattern).matches(topic)).isFalse();
	}

	@Test
	void refusesWhatAntPatternsWouldTakeForVariables() {
		assertThatIllegalArgumentException().isThrownBy(() -> TopicPattern.of("room:{id}"))
			.withMessageContaining("braces");
		assertThatIllegalArgumentException().isThrownBy(() -> TopicPattern.of(" "));
	}

}
