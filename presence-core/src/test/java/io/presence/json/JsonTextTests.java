package io.presence.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class JsonTextTests {

	@Test
	void isEqualWhenItsTextIs() {
		assertThat(JsonText.ofCanonical("{\"a\":1}")).isEqualTo(JsonText.ofCanonical("{\"a\":1}"))
			.hasSameHashCodeAs(JsonText.ofCanonical("{\"a\":1}"))
			.isNotEqualTo(JsonText.ofCanonical("{\"a\":2}"))
			.isNotEqualTo("{\"a\":1}");
	}

	@Test
	void parsesToTheSmallestTypeThatHoldsEachNumber() {
		assertThat(JsonText
			.ofCanonical("[1,3000000000,123456789012345678901,0.5,1e+21,1e+300,0.1234567890123456789012345,"
					+ "1.2345678901234567890123456789e+29]")
			.toValue())
			.isEqualTo(List.of(1, 3_000_000_000L, new BigInteger("123456789012345678901"), 0.5, 1e21, 1e300,
					new BigDecimal("0.1234567890123456789012345"), new BigInteger("123456789012345678901234567890")));
	}

	@Test
	void parsesToUnmodifiableValues() {
		Map<String, Object> map = JsonText.ofCanonical("{\"a\":[{}],\"b\":null,\"c\":true}").toMap();
		assertThat(map).containsEntry("b", null).containsEntry("c", true).containsKey("a").hasSize(3);
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> map.put("x", 1));
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> ((List<?>) map.get("a")).remove(0));
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> ((Map<?, ?>) ((List<?>) map.get("a")).get(0)).remove("x"));
	}

	@Test
	void saysThatATextIsNoObject() {
		assertThatIllegalStateException().isThrownBy(() -> JsonText.ofCanonical("[1]").toMap())
			.withMessageContaining("\"[1]\"");
		assertThat(JsonText.ofCanonical("[1]").isObject()).isFalse();
		assertThat(JsonText.EMPTY_OBJECT.isObject()).isTrue();
		assertThat(JsonText.EMPTY_OBJECT.toMap()).isEmpty();
	}

	@Test
	void saysThatAStoredTextIsDamaged() {
		for (String damaged : new String[] { "", "{", "{} {}", "{\"a\"" }) {
			assertThatIllegalStateException().isThrownBy(() -> JsonText.ofCanonical(damaged).toValue());
		}
	}

	@Test
	void measuresUtf8() {
		assertThat(Utf8.length("")).isZero();
		assertThat(Utf8.length("a\u00e9\u20ac\ud83d\ude00")).isEqualTo(1 + 2 + 3 + 4);
		assertThat(Utf8.length("\ud83dx\ude00")).isEqualTo(3);
		assertThat(Utf8.length("\u007f\u0080\u07ff\u0800\uffff")).isEqualTo(1 + 2 + 2 + 3 + 3);
	}

	@Test
	void quotesInOneLineOfAscii() {
		assertThat(Quoted.of("a\"\\\n\u202e\u00e9\u007f")).isEqualTo("\"a\\\"\\\\\\n\\u202e\\u00e9\\u007f\"");
		assertThat(Quoted.of("x".repeat(65))).isEqualTo("\"" + "x".repeat(64) + "\"...");
		assertThat(Quoted.of("x".repeat(64))).isEqualTo("\"" + "x".repeat(64) + "\"");
	}

}
