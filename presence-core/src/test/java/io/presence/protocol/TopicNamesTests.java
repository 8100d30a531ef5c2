package io.presence.protocol;

import io.presence.InvalidTopicException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class TopicNamesTests {

	private final TopicNames names = new TopicNames(256);

	@ParameterizedTest
	@ValueSource(strings = { "room:42", "a", "_private", "a__b", "two words", "quote\"s", "back\\slash", "<b>",
			"\u00e9t\u00e9", "\u540d\u524d", "\ud83d\ude00", "\ud83d\udc68\u200d\ud83d\udc69", "_proto__x", "{b}", "*",
			"{\"a\":1}" })
	void allowsOrdinaryNames(String name) {
		assertThat(this.names.check(name)).isSameAs(name);
	}

	@Test
	void countsCodePoints() {
		assertThat(this.names.check("x".repeat(256))).hasSize(256);
		assertThat(this.names.check("\ud83d\ude00".repeat(256))).hasSize(512);
		refuses("x".repeat(257), "longer than 256 code points");
		refuses("\ud83d\ude00".repeat(257), "presence.limits.max-topic-length");
		assertThatExceptionOfType(InvalidTopicException.class).isThrownBy(() -> new TopicNames(3).check("abcd"));
	}

	@Test
	void refusesNoNameAtAll() {
		refuses(null, "missing");
		refuses("", "missing");
	}

	@ParameterizedTest
	@ValueSource(strings = { "__", "__x", "__presence:room", "__presence:__presence:room" })
	void refusesReservedNames(String name) {
		refuses(name, "reserved");
	}

	@ParameterizedTest
	@CsvSource({ "0000, a control character", "0009, a control character", "000a, a control character",
			"001f, a control character", "007f, a control character", "0085, a control character",
			"009f, a control character", "2028, a line separator", "2029, a paragraph separator",
			"d800, a lone surrogate", "dfff, a lone surrogate", "061c, a bidirectional control",
			"200e, a bidirectional control", "200f, a bidirectional control", "202a, a bidirectional control",
			"202b, a bidirectional control", "202c, a bidirectional control", "202d, a bidirectional control",
			"202e, a bidirectional control", "2066, a bidirectional control", "2067, a bidirectional control",
			"2068, a bidirectional control", "2069, a bidirectional control" })
	void refusesCharactersThatHideOrBreak(String hex, String what) {
		char refused = (char) Integer.parseInt(hex, 16);
		for (String name : new String[] { "a" + refused + "b", refused + "b", "a" + refused }) {
			assertThatExceptionOfType(InvalidTopicException.class).isThrownBy(() -> this.names.check(name))
				.withMessageContaining(what)
				.withMessageContaining("U+" + hex.toUpperCase())
				.withMessageContaining("at index " + name.indexOf(refused))
				.satisfies((ex) -> assertThat(ex.getMessage()).matches("[ -~]+"));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { " ", "\u00a0", "\u2003", "\u3000", "\u202f" })
	void refusesWhiteSpaceAtTheEndsOnly(String space) {
		refuses(space, "white space");
		refuses(space + "a", "at index 0");
		refuses("ab" + space, "at index 2");
		refuses("\ud83d\ude00" + space, "at index 2");
		assertThat(this.names.check("a" + space + "b")).isNotNull();
	}

	@Test
	void tellsSpellingsApart() {
		assertThat(this.names.check("e\u0301")).isEqualTo("e\u0301").isNotEqualTo("\u00e9");
	}

	@Test
	void needsRoomForOneCodePoint() {
		assertThatIllegalArgumentException().isThrownBy(() -> new TopicNames(0))
			.withMessageContaining("presence.limits.max-topic-length is 0");
	}

	private void refuses(String name, String why) {
		assertThatExceptionOfType(InvalidTopicException.class).isThrownBy(() -> this.names.check(name))
			.withMessageContaining(why);
	}

}
