package io.presence.json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class JsonTests {

	private final JsonMapper mapper = Json.mapper(new JsonLimits(4, 10, 100, 20));

	@Test
	void readsWhatIsWithinTheLimits() {
		assertThat(this.mapper.readTree("[[[[1]]]]").get(0).get(0).get(0).get(0).intValue()).isOne();
		assertThat(this.mapper.readTree("\"" + "x".repeat(100) + "\"").stringValue()).hasSize(100);
	}

	@ParameterizedTest
	@ValueSource(strings = { "[[[[[1]]]]]", "{\"a\":1,\"a\":2}", "123456789012345678901", "1.1234567890123456789012",
			"{} {}", "{}x", "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]" })
	void refusesWhatIsNot(String text) {
		assertThatExceptionOfType(JacksonException.class).isThrownBy(() -> this.mapper.readTree(text));
	}

	@Test
	void refusesNamesThatOccurTwiceInAStreamToo() {
		try (JsonParser parser = this.mapper.createParser("{\"a\":1,\"a\":2}")) {
			parser.nextToken();
			parser.nextToken();
			parser.nextToken();
			assertThatExceptionOfType(JacksonException.class).isThrownBy(parser::nextToken)
				.withMessageContaining("Duplicate");
		}
	}

	@Test
	void refusesLongStringsAndNames() {
		String longer = "\"" + "x".repeat(5000) + "\"";
		assertThatExceptionOfType(JacksonException.class).isThrownBy(() -> this.mapper.readTree(longer));
		assertThatExceptionOfType(JacksonException.class).isThrownBy(() -> this.mapper.readTree("{" + longer + ":1}"));
	}

	@Test
	void namesTheLimitThatIsOutOfRange() {
		assertThatIllegalArgumentException().isThrownBy(() -> new JsonLimits(501, 1, 1, 20))
			.withMessage("maxDepth is 501 but must be 1 to 500");
		assertThatIllegalArgumentException().isThrownBy(() -> new JsonLimits(1, 0, 1, 20))
			.withMessageContaining("maxNodes");
		assertThatIllegalArgumentException().isThrownBy(() -> new JsonLimits(1, 1, 0, 20))
			.withMessageContaining("maxChars");
		assertThatIllegalArgumentException().isThrownBy(() -> new JsonLimits(1, 1, 1, 19))
			.withMessageContaining("maxNumberLength");
	}

}
