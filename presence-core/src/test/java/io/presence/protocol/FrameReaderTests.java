package io.presence.protocol;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class FrameReaderTests {

	private static final JsonMapper mapper = new JsonMapper();

	private final FrameReader reader = new FrameReader(16, 40);

	@Test
	void readsASubscribeWithNothingButItsTopic() throws Exception {
		ClientFrame.Subscribe frame = subscribe("""
				{"type":"subscribe","topic":"room:42"}""");
		assertThat(frame).isEqualTo(new ClientFrame.Subscribe(new SentTopic("room:42", "room:42", false), null, null,
				null, true, false, null));
		assertThat(frame.observeOnly()).isFalse();
	}

	@Test
	void readsASubscribeWithEverything() throws Exception {
		ClientFrame.Subscribe frame = subscribe("""
				{"v":12,"epoch":"e1","heartbeat":"light","observe":false,"expireAfter":8000,
				"state":{"b":1.0,"a":"\\u00e9"},"ref":7,"topic":"room:42","type":"subscribe","other":[{"x":{}}]}\s""");
		assertThat(frame.ref()).isEqualTo(7);
		assertThat(frame.state()).hasToString("{\"a\":\"é\",\"b\":1}");
		assertThat(frame.expireAfter()).isEqualTo(Duration.ofSeconds(8));
		assertThat(frame.observe()).isFalse();
		assertThat(frame.light()).isTrue();
		assertThat(frame.position()).isEqualTo(new Position("e1", 12));
	}

	@Test
	void readsASubscribeThatOnlyObserves() throws Exception {
		ClientFrame.Subscribe frame = subscribe("""
				{"type":"subscribe","topic":"__presence:room:42","heartbeat":"light"}""");
		assertThat(frame.topic()).isEqualTo(new SentTopic("__presence:room:42", "room:42", true));
		assertThat(frame.observeOnly()).isTrue();
	}

	@Test
	void takesAnOptionalFieldThatIsNullAsLeftOut() throws Exception {
		assertThat(subscribe("""
				{"type":"subscribe","topic":"room:42","ref":null,"state":null,"expireAfter":null,"observe":null,
				"heartbeat":null,"epoch":null,"v":null}""")).isEqualTo(subscribe("""
				{"type":"subscribe","topic":"room:42"}"""));
	}

	@Test
	void takesHalfAPositionAsNone() throws Exception {
		assertThat(subscribe("""
				{"type":"subscribe","topic":"room:42","epoch":"e1"}""").position()).isNull();
		assertThat(subscribe("""
				{"type":"subscribe","topic":"room:42","v":3}""").position()).isNull();
	}

	@Test
	void readsTheOtherFrames() throws Exception {
		SentTopic topic = new SentTopic("room:42", "room:42", false);
		SentTopic prefixed = new SentTopic("__presence:room:42", "room:42", true);
		assertThat(this.reader.read("""
				{"type":"unsubscribe","topic":"room:42","ref":3}""")).isEqualTo(new ClientFrame.Unsubscribe(topic, 3L));
		assertThat(this.reader.read("""
				{"type":"unsubscribe","topic":"__presence:room:42"}"""))
			.isEqualTo(new ClientFrame.Unsubscribe(prefixed, null));
		assertThat(this.reader.read("""
				{"type":"presence-snapshot","topic":"__presence:room:42","epoch":"e","v":0}"""))
			.isEqualTo(new ClientFrame.Snapshot(prefixed, new Position("e", 0)));
		assertThat(this.reader.read("""
				{"type":"presence-snapshot","topic":"room:42"}""")).isEqualTo(new ClientFrame.Snapshot(topic, null));
		assertThat(this.reader.read("""
				{"type":"ping","ts":1}""")).isEqualTo(ClientFrame.Ping.INSTANCE);
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"status\":\"typing\"}", "\"typing\"", "[]", "0", "true", "{}" })
	void takesAnyJsonAsAState(String state) throws Exception {
		ClientFrame.State frame = (ClientFrame.State) this.reader
			.read("{\"type\":\"presence-state\",\"topic\":\"room:42\",\"ref\":1,\"state\":" + state + "}");
		assertThat(frame.state()).hasToString(state);
		assertThat(frame.expireAfter()).isNull();
		assertThat(frame.ref()).isEqualTo(1);
	}

	@Test
	void takesNullAsTheClearingOfAState() throws Exception {
		ClientFrame.State frame = (ClientFrame.State) this.reader.read("""
				{"type":"presence-state","topic":"__presence:room:42","state":null,"expireAfter":5}""");
		assertThat(frame.state()).isNull();
		assertThat(frame.expireAfter()).isNull();
		assertThat(frame.topic().name()).isEqualTo("room:42");
	}

	@ParameterizedTest
	@CsvSource({ "1,1", "86400000,86400000", "1e2,100", "5.0,5", "8.64E7,86400000", "0.5e1,5" })
	void takesAnIntegerInAnyOfItsForms(String sent, long read) throws Exception {
		ClientFrame.State frame = (ClientFrame.State) this.reader
			.read("{\"type\":\"presence-state\",\"topic\":\"t\",\"state\":1,\"expireAfter\":" + sent + "}");
		assertThat(frame.expireAfter()).isEqualTo(Duration.ofMillis(read));
	}

	@ParameterizedTest
	@ValueSource(strings = { "0", "-1", "86400001", "1.5", "1e-1", "\"5\"", "true", "[]", "{}", "1e999999999",
			"-1e999999999", "1e-999999999", "1E2147483648", "1e99999999999999999999", "12345678901234567890123",
			"0.00000000000000000001" })
	void refusesAnExpiryThatIsNoIntegerInRange(String value) {
		JsonNode error = refusal(
				"{\"type\":\"presence-state\",\"topic\":\"t\",\"ref\":9,\"state\":1,\"expireAfter\":" + value + "}");
		assertThat(error.path("code").asString()).isEqualTo("bad-frame");
		if (error.has("topic")) {
			assertThat(error.path("topic").asString()).isEqualTo("t");
			assertThat(error.path("ref").asInt()).isEqualTo(9);
			assertThat(error.path("message").asString()).contains("\"expireAfter\"", "1 to 86400000");
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "ref|9007199254740992|-9007199254740991 to 9007199254740991",
					"ref|-9007199254740992|-9007199254740991 to 9007199254740991", "ref|\"1\"|an integer",
					"v|-1|0 to 9007199254740991", "v|9007199254740992|0 to 9007199254740991", "v|\"1\"|an integer",
					"epoch|1|a string", "observe|\"no\"|true or false", "observe|0|true or false",
					"heartbeat|true|light", "heartbeat|\"full\"|light", "expireAfter|{}|an integer" })
	void refusesFieldsOfTheWrongType(String field, String value, String expected) {
		JsonNode error = refusal("{\"type\":\"subscribe\",\"topic\":\"room:42\",\"" + field + "\":" + value + "}");
		assertThat(error.path("type").asString()).isEqualTo("error");
		assertThat(error.path("code").asString()).isEqualTo("bad-frame");
		assertThat(error.path("topic").asString()).isEqualTo("room:42");
		assertThat(error.path("message").asString()).contains("\"" + field + "\"").contains(expected);
	}

	@Test
	void takesTheLargestIntegers() throws Exception {
		ClientFrame.Subscribe frame = subscribe("""
				{"type":"subscribe","topic":"t","ref":-9007199254740991,"epoch":"","v":9007199254740991}""");
		assertThat(frame.ref()).isEqualTo(-9007199254740991L);
		assertThat(frame.position()).isEqualTo(new Position("", 9007199254740991L));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "hello", "[]", "[{}]", "null", "1", "\"subscribe\"", "{", "{\"type\":\"ping\"",
			"{\"type\":\"ping\"} x", "{\"type\":\"ping\"}{\"type\":\"ping\"}", "{type:\"ping\"}", "{'type':'ping'}",
			"{\"type\":\"ping\",}", "{\"type\":\"ping\",\"type\":\"ping\"}",
			"{\"type\":\"ping\",\"x\":{\"a\":1,\"a\":2}}", "{\"type\":\"ping\",\"x\":NaN}",
			"{\"type\":\"ping\",\"x\":01}", "{\"type\":\"ping\",\"x\":\"\t\"}", "{\"type\":\"ping\",\"x\":\"\\x\"}",
			"{\"type\":\"ping\"/**/}", "{}", "{\"type\":1}", "{\"type\":null}", "{\"type\":[\"ping\"]}",
			"{\"type\":\"subscribe\"}", "{\"type\":\"subscribe\",\"topic\":null}",
			"{\"type\":\"subscribe\",\"topic\":1}", "{\"type\":\"subscribe\",\"topic\":[\"a\"]}",
			"{\"type\":\"unsubscribe\"}", "{\"type\":\"presence-snapshot\"}", "{\"type\":\"presence-state\"}",
			"{\"type\":\"presence-state\",\"topic\":\"t\"}", "{\"type\":\"subscribe-batch\"}",
			"{\"type\":\"subscribe-batch\",\"topics\":\"t\"}", "{\"type\":\"subscribe-batch\",\"topics\":{}}" })
	void refusesWhatIsNoFrame(String text) {
		FrameException refused = refused(text);
		assertThat(refused.code()).isEqualTo(ErrorCode.BAD_FRAME);
		JsonNode error = mapper.readTree(refused.answer());
		assertThat(error.path("type").asString()).isEqualTo("error");
		assertThat(error.path("code").asString()).isEqualTo("bad-frame");
		assertThat(error.path("message").asString()).isEqualTo(refused.getMessage()).isNotBlank();
		assertThat(refused.getMessage()).doesNotContainIgnoringCase("jackson", "java", "feature", "deserialize")
			.doesNotContain("  ", "`");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '\0', value = { "null|The frame is null but must be one JSON object",
			"true|The frame is true but must be one JSON object",
			"[1]|The frame is an array but must be one JSON object",
			"{\"type\":null}|\"type\" is null but must be a string",
			"{\"type\":\"subscribe\",\"topic\":null}|\"topic\" is null but must be a string",
			"{\"type\":\"subscribe-batch\",\"topics\":[null]}|\"topics[0]\" is null but must be a topic",
			"{\"type\":\"subscribe-batch\",\"topics\":[{\"topic\":null}]}|\"topics[0].topic\" is null but must be",
			"NaN|at character 3: this is no JSON", "{\"type\":\"ping\",\"x\":NaN}|this is no JSON",
			"{\"type\":\"ping\",\"x\":1E999999999999}|a number whose exponent is too large",
			"{\"type\":\"ping\",\"x\":-1e99999999999999999999}|a number whose exponent is too large",
			"{\"type\":\"ping\"|it ends too early", "{\"type\":\"ping\",\"type\":\"ping\"}|an object has a name twice",
			"{\"type\":\"ping\"} x|this is no JSON", "{\"type\":\"ping\"} {}|with nothing after it" })
	void saysWhatIsWrongInTheTermsOfTheProtocol(String text, String expected) {
		assertThat(refused(text).getMessage()).contains(expected)
			.doesNotContainIgnoringCase("jackson", "java", "feature", "deserialize");
	}

	@Test
	void refusesJsonThatIsTooDeep() {
		String deep = "[".repeat(20_000) + "]".repeat(20_000);
		assertThat(refused("{\"type\":\"ping\",\"x\":" + deep + "}").code()).isEqualTo(ErrorCode.BAD_FRAME);
		assertThat(refused("{\"type\":\"presence-state\",\"topic\":\"t\",\"state\":" + deep + "}").code())
			.isEqualTo(ErrorCode.BAD_FRAME);
	}

	@Test
	void refusesJsonThatIsTooWide() {
		String wide = "[" + "0,".repeat(40_000) + "0]";
		assertThat(refused("{\"type\":\"ping\",\"x\":" + wide + "}").code()).isEqualTo(ErrorCode.BAD_FRAME);
	}

	@Test
	void refusesNumbersThatAreTooLong() {
		assertThat(refused("{\"type\":\"ping\",\"x\":" + "9".repeat(50_000) + "}").code())
			.isEqualTo(ErrorCode.BAD_FRAME);
	}

	@ParameterizedTest
	@ValueSource(strings = { "1e999999999", "-1e400", "1e-400" })
	void refusesAStateWithANumberThatNoBrowserCanRead(String number) {
		JsonNode error = refusal("{\"type\":\"presence-state\",\"topic\":\"t\",\"state\":{\"x\":" + number + "}}");
		assertThat(error.path("code").asString()).isEqualTo("bad-frame");
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"\\ud800\"", "{\"a\":[\"\\udc00\"]}", "{\"\\ud83d\":1}", "\"\\ude00\\ud83d\"" })
	void refusesAStateWithALoneSurrogate(String state) {
		JsonNode error = refusal("{\"type\":\"presence-state\",\"topic\":\"t\",\"state\":" + state + "}");
		assertThat(error.path("code").asString()).isEqualTo("bad-frame");
		assertThat(error.path("message").asString()).contains("lone surrogate");
	}

	@Test
	void takesPairsOfSurrogates() throws Exception {
		ClientFrame.State frame = (ClientFrame.State) this.reader.read("""
				{"type":"presence-state","topic":"t","state":"\\ud83d\\ude00"}""");
		assertThat(frame.state()).hasToString("\"\uD83D\uDE00\"");
	}

	@ParameterizedTest
	@ValueSource(strings = { "subscribed", "welcome", "presence-", "presence-diff", "Subscribe", "subscribe ", "",
			"__proto__" })
	void refusesUnknownTypes(String type) {
		JsonNode error = refusal("{\"type\":\"" + type + "\",\"topic\":\"t\",\"ref\":4}");
		assertThat(error.path("code").asString()).isEqualTo("unknown-type");
		assertThat(error.path("topic").asString()).isEqualTo("t");
		assertThat(error.path("ref").asInt()).isEqualTo(4);
		assertThat(error.path("message").asString()).contains("\"" + type + "\"").contains("subscribe-batch");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " a", "a ", "__a", "__presence:", "__presence:__presence:x", "__presence:__x",
			"__Presence:x", "a\\u0000b", "a\\nb", "a\\u2028b", "a\\u2029b", "a\\u202eb", "a\\u2066b", "a\\u200fb",
			"a\\ud800", "\\udc00b", "12345678901234567" })
	void refusesNamesThatAreNotTopics(String topic) {
		JsonNode denied = refusal("{\"type\":\"subscribe\",\"topic\":\"" + topic + "\",\"ref\":5}");
		assertThat(denied.path("type").asString()).isEqualTo("subscribe-denied");
		assertThat(denied.path("reason").asString()).isEqualTo("invalid-topic");
		assertThat(denied.path("topic")).isEqualTo(mapper.readTree("\"" + topic + "\""));
		assertThat(denied.path("ref").asInt()).isEqualTo(5);
		for (String type : List.of("unsubscribe", "presence-snapshot", "presence-state")) {
			JsonNode error = refusal("{\"type\":\"" + type + "\",\"topic\":\"" + topic + "\",\"state\":1}");
			assertThat(error.path("type").asString()).isEqualTo("error");
			assertThat(error.path("code").asString()).isEqualTo("invalid-topic");
			assertThat(error.path("topic")).isEqualTo(mapper.readTree("\"" + topic + "\""));
		}
	}

	@Test
	void countsTheLengthOfATopicWithoutItsPrefixAndInCodePoints() throws Exception {
		String longest = "\uD83D\uDE00".repeat(16);
		assertThat(subscribe("{\"type\":\"subscribe\",\"topic\":\"__presence:" + longest + "\"}").topic().name())
			.isEqualTo(longest);
	}

	@Test
	void measuresAStateInBytesOfItsCanonicalForm() throws Exception {
		String forty = "{\"type\":\"presence-state\",\"topic\":\"t\",\"state\":  [ \"" + "é".repeat(18) + "\" ]  }";
		assertThat(((ClientFrame.State) this.reader.read(forty)).state()).isNotNull();
		JsonNode error = refusal(forty.replace("é\" ]", "éé\" ]").replace("\"t\"", "\"t\",\"ref\":2"));
		assertThat(error.path("code").asString()).isEqualTo("state-too-large");
		assertThat(error.path("topic").asString()).isEqualTo("t");
		assertThat(error.path("ref").asInt()).isEqualTo(2);
		assertThat(error.path("message").asString()).contains("40 bytes", "presence.limits.max-state-bytes");
	}

	@Test
	void refusesASubscribeWhoseStateIsTooLarge() {
		JsonNode error = refusal("""
				{"type":"subscribe","topic":"t","ref":2,"state":"12345678901234567890123456789012345678901"}""");
		assertThat(error.path("code").asString()).isEqualTo("state-too-large");
		assertThat(error.path("ref").asInt()).isEqualTo(2);
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"state\":{}", "\"observe\":false" })
	void refusesWhatOnlyAParticipantCanAsk(String field) {
		JsonNode error = refusal("{\"type\":\"subscribe\",\"topic\":\"__presence:t\"," + field + "}");
		assertThat(error.path("code").asString()).isEqualTo("bad-frame");
		assertThat(error.path("topic").asString()).isEqualTo("__presence:t");
	}

	@Test
	void answersEachElementOfABatchAlone() throws Exception {
		List<ClientFrame.Element> elements = batch("""
				{"type":"subscribe-batch","ref":3,"topics":["a",{"topic":"b","ref":4,"state":1,"observe":false},
				"__bad","__presence:c",{"topic":"d","v":"x"},{"topic":"e","type":"ignored"},
				{"topic":"f","state":"12345678901234567890123456789012345678901"},"a"]}""");
		assertThat(elements).hasSize(8);
		assertThat(elements.get(0)).isEqualTo(subscribe("""
				{"type":"subscribe","topic":"a","ref":3}"""));
		assertThat(elements.get(1)).isEqualTo(subscribe("""
				{"type":"subscribe","topic":"b","ref":4,"state":1,"observe":false}"""));
		assertThat(elements.get(2)).isEqualTo(new ClientFrame.Refused(ErrorCode.INVALID_TOPIC, """
				{"type":"subscribe-denied","topic":"__bad","reason":"invalid-topic","ref":3}"""));
		assertThat(((ClientFrame.Subscribe) elements.get(3)).observeOnly()).isTrue();
		assertThat(elements.get(4)).isInstanceOfSatisfying(ClientFrame.Refused.class, (refused) -> {
			assertThat(refused.code()).isEqualTo(ErrorCode.BAD_FRAME);
			JsonNode error = mapper.readTree(refused.answer());
			assertThat(error.path("topic").asString()).isEqualTo("d");
			assertThat(error.path("ref").asInt()).isEqualTo(3);
			assertThat(error.path("message").asString()).contains("\"topics[4].v\"");
		});
		assertThat(elements.get(5)).isInstanceOf(ClientFrame.Subscribe.class);
		assertThat(elements.get(6)).isInstanceOfSatisfying(ClientFrame.Refused.class,
				(refused) -> assertThat(refused.code()).isEqualTo(ErrorCode.STATE_TOO_LARGE));
		assertThat(elements.get(7)).isEqualTo(elements.get(0));
	}

	@Test
	void takesABatchOfAHundredAndNoMore() throws Exception {
		String hundred = "\"t\"" + ",\"t\"".repeat(99);
		assertThat(batch("{\"type\":\"subscribe-batch\",\"topics\":[" + hundred + "]}")).hasSize(100);
		assertThat(batch("{\"type\":\"subscribe-batch\",\"topics\":[]}")).isEmpty();
		JsonNode error = refusal("{\"type\":\"subscribe-batch\",\"ref\":8,\"topics\":[" + hundred + ",\"t\"]}");
		assertThat(error.path("code").asString()).isEqualTo("bad-frame");
		assertThat(error.path("ref").asInt()).isEqualTo(8);
		assertThat(error.path("message").asString()).contains("101", "100");
	}

	@ParameterizedTest
	@ValueSource(strings = { "1", "null", "[\"b\"]", "{}", "{\"topic\":1}", "{\"topic\":null}" })
	void refusesABatchWithAnElementThatCannotBeAnswered(String element) {
		JsonNode error = refusal("{\"type\":\"subscribe-batch\",\"ref\":8,\"topics\":[\"a\"," + element + "]}");
		assertThat(error.path("code").asString()).isEqualTo("bad-frame");
		assertThat(error.path("ref").asInt()).isEqualTo(8);
		assertThat(error.path("message").asString()).contains("topics[1]");
	}

	@Test
	void boundsAndEscapesWhatItQuotes() {
		String hostile = "\\u0000\\u202e\\u2028<script>\\\"\\ud800".repeat(1000);
		for (String text : List.of("{\"type\":\"" + hostile + "\"}",
				"{\"type\":\"subscribe\",\"topic\":\"t\",\"ref\":\"" + hostile + "\"}",
				"{\"type\":\"ping\",\"" + hostile + "\":1,\"" + hostile + "\":1}",
				"{\"type\":\"presence-state\",\"topic\":\"t\",\"state\":\"" + hostile + "\"}",
				"\u2028\u202e" + hostile)) {
			FrameException refused = refused(text);
			assertThat(refused.getMessage()).matches("[ -~]{1,700}");
			assertThat(refused.answer()).matches("[ -~]{1,1000}");
		}
	}

	private ClientFrame.Subscribe subscribe(String text) throws FrameException {
		return (ClientFrame.Subscribe) this.reader.read(text);
	}

	private List<ClientFrame.Element> batch(String text) throws FrameException {
		return ((ClientFrame.SubscribeBatch) this.reader.read(text)).elements();
	}

	private FrameException refused(String text) {
		FrameException refused = catchThrowableOfType(FrameException.class, () -> this.reader.read(text));
		assertThat(refused).as(text.substring(0, Math.min(200, text.length()))).isNotNull();
		return refused;
	}

	private JsonNode refusal(String text) {
		return mapper.readTree(refused(text).answer());
	}

}
