package io.presence.json;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import io.presence.PresenceDataException;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class CanonicalJsonTests {

	private static final int ROOM = 1 << 16;

	private final CanonicalJson json = new CanonicalJson(JsonLimits.DEFAULT);

	private final CanonicalJson withoutTokens = new CanonicalJson(JsonLimits.DEFAULT, "token"::equals);

	@Test
	void sortsNamesByTheirUtf16Units() {
		Map<String, Object> map = new LinkedHashMap<>();
		map.put("b", 1);
		map.put("\ud83d\ude00", 2);
		map.put("\ufb33", 3);
		map.put("", 4);
		map.put("a", Map.of());
		map.put("B", List.of());
		assertThat(of(map)).isEqualTo("{\"\":4,\"B\":[],\"a\":{},\"b\":1,\"\ud83d\ude00\":2,\"\ufb33\":3}");
	}

	@Test
	void givesMapsRecordsBeansTreesAndTextsOfOneValueOneText() {
		String expected = "{\"id\":7,\"name\":\"Ada\",\"tags\":[\"x\",null,true]}";
		Map<String, Object> map = new HashMap<>();
		map.put("tags", new Object[] { "x", null, true });
		map.put("name", "Ada");
		map.put("id", 7.0);
		JsonNode tree = JsonMapper.shared().readTree("{\"tags\":[\"x\",null,true],\"name\":\"Ada\",\"id\":7e0}");
		assertThat(of(map)).isEqualTo(expected);
		assertThat(of(new Person("Ada", 7L, Arrays.asList("x", null, true)))).isEqualTo(expected);
		assertThat(of(new PersonBean())).isEqualTo(expected);
		assertThat(of(tree)).isEqualTo(expected);
		assertThat(parse(" { \"tags\" : [\"\\u0078\",null,true],\"id\":70e-1,\"name\":\"Ada\"} ")).isEqualTo(expected);
	}

	@Test
	void writesSimpleValues() {
		assertThat(of(null)).isEqualTo("null");
		assertThat(of("x")).isEqualTo("\"x\"");
		assertThat(of('x')).isEqualTo("\"x\"");
		assertThat(of(Optional.of(1))).isEqualTo("1");
		assertThat(of(Optional.empty())).isEqualTo("null");
		assertThat(of(new int[] { 1, 2 })).isEqualTo("[1,2]");
		assertThat(of(new double[] { 1, 0.5 })).isEqualTo("[1,0.5]");
		assertThat(of(new byte[] { 1, 2, 3 })).isEqualTo("\"AQID\"");
		assertThat(of(Instant.EPOCH)).isEqualTo("\"1970-01-01T00:00:00Z\"");
		assertThat(of(new UUID(0, 1))).isEqualTo("\"00000000-0000-0000-0000-000000000001\"");
		assertThat(of(new Raw("{\"b\":1.0, \"a\":2}"))).isEqualTo("{\"raw\":{\"a\":2,\"b\":1}}");
	}

	@Test
	void escapesWhatUtf8OrOldJavaScriptCannotCarry() {
		assertThat(of("\"\\/\b\f\n\r\t\u0000\u001f\u007f"))
			.isEqualTo("\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u007f\"");
		assertThat(of("\u2028\u2029")).isEqualTo("\"\\u2028\\u2029\"");
		assertThat(of("\ud83d\ude00 \ud83d \ude00\ud83d")).isEqualTo("\"\ud83d\ude00 \\ud83d \\ude00\\ud83d\"");
		assertThat(parse("{\"\\ud800\":\"\\uDFFF\"}")).isEqualTo("{\"\\ud800\":\"\\udfff\"}");
	}

	@Test
	void leavesDroppedNamesOutAtEveryDepth() {
		Map<String, Object> value = Map.of("token", Map.of("a", List.of(1, Map.of("token", 2))), "list",
				List.of(Map.of("token", 1, "x", 1), List.of(Map.of("token", List.of()))), "id", 1);
		String expected = "{\"id\":1,\"list\":[{\"x\":1},[{}]]}";
		assertThat(this.withoutTokens.of(value, ROOM).text()).isEqualTo(expected);
		JsonNode tree = JsonMapper.shared().valueToTree(value);
		assertThat(this.withoutTokens.of(tree, ROOM).text()).isEqualTo(expected);
		assertThat(this.withoutTokens.parse(tree.toString(), ROOM).text()).isEqualTo(expected);
	}

	@Test
	void leavesDroppedNamesOutOfBeansWithDynamicProperties() {
		assertThat(this.withoutTokens.of(new Dynamic(), ROOM).text()).isEqualTo("{\"x\":1}");
		assertThat(this.withoutTokens.of(new OnlyToken("a"), ROOM).text()).isEqualTo("{}");
		assertThat(this.withoutTokens.of(new Wrapper(new Person("a", 1, List.of()), new OnlyToken("b")), ROOM).text())
			.isEqualTo("{\"id\":1,\"name\":\"a\",\"tags\":[]}");
		assertThat(this.withoutTokens.of(new AsArray("a", "b"), ROOM).text()).isEqualTo("[\"a\"]");
	}

	@Test
	void neverReadsWhatIsDropped() {
		AtomicInteger calls = new AtomicInteger();
		assertThat(this.withoutTokens.of(new Guarded(calls), ROOM).text()).isEqualTo("{\"id\":1}");
		Map<String, Object> map = new HashMap<>(Map.of("id", 1));
		map.put("token", map);
		assertThat(this.withoutTokens.of(map, ROOM).text()).isEqualTo("{\"id\":1}");
		assertThat(calls).hasValue(0);
	}

	@Test
	void endsAtCyclesInMapsListsAndBeans() {
		Map<String, Object> map = new HashMap<>();
		map.put("self", List.of(map));
		List<Object> list = new ArrayList<>();
		list.add(list);
		Endless bean = new Endless();
		for (Object cyclic : new Object[] { map, list, new Object[] { list }, bean, Map.of("bean", bean) }) {
			assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> of(cyclic))
				.withMessageContaining("deeper than 32");
		}
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> of(new SelfReference()));
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> of(new EndlessValue()))
			.withMessageContaining("without end");
	}

	@Test
	void allowsTheDepthThatIsTheLimit() {
		Object value = 1;
		for (int i = 0; i < 32; i++) {
			value = List.of(value);
		}
		assertThat(of(value)).hasSize(65);
		Object deeper = List.of(value);
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> of(deeper));
		assertThatExceptionOfType(PresenceDataException.class)
			.isThrownBy(() -> parse("[".repeat(100_000) + "]".repeat(100_000)));
	}

	@Test
	void stopsReadingWideValuesAtTheLimit() {
		AtomicInteger read = new AtomicInteger();
		List<Object> wide = endless(read);
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> this.json.of(wide, Integer.MAX_VALUE))
			.withMessageContaining("more than 10000 values");
		assertThat(read.get()).isLessThanOrEqualTo(10_001);
		assertThatExceptionOfType(PresenceDataException.class)
			.isThrownBy(() -> this.json.of(new int[1_000_000], Integer.MAX_VALUE));
	}

	@Test
	void stopsReadingMapsOfDroppedNamesAtTheLimit() {
		AtomicInteger asked = new AtomicInteger();
		CanonicalJson withoutAnything = new CanonicalJson(JsonLimits.DEFAULT, (name) -> asked.incrementAndGet() > 0);
		Map<Integer, Integer> wide = new HashMap<>();
		for (int i = 0; i < 20_000; i++) {
			wide.put(i, i);
		}
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> withoutAnything.of(wide, ROOM))
			.withMessageContaining("more than 10000 values");
		assertThat(asked.get()).isLessThanOrEqualTo(10_001);
	}

	@Test
	void stopsReadingAsSoonAsTheTextMustBeTooLarge() {
		AtomicInteger read = new AtomicInteger();
		assertThatExceptionOfType(JsonTooLargeException.class).isThrownBy(() -> this.json.of(endless(read), 100));
		assertThat(read.get()).isLessThanOrEqualTo(50);
	}

	@Test
	void countsWhatIsDroppedInsideTreesToo() {
		JsonNode tree = JsonMapper.shared().readTree("{\"token\":[" + "0,".repeat(20_000) + "0]}");
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> this.withoutTokens.of(tree, ROOM))
			.withMessageContaining("more than 10000 values");
	}

	@Test
	void refusesTextsOverTheBytesAllowedAndNoOthers() {
		String text = "\u00e9\u20ac\ud83d\ude00";
		int bytes = text.getBytes(StandardCharsets.UTF_8).length + 2;
		assertThat(this.json.of(text, bytes).utf8Length()).isEqualTo(bytes);
		assertThatExceptionOfType(JsonTooLargeException.class).isThrownBy(() -> this.json.of(text, bytes - 1))
			.withMessageContaining((bytes - 1) + " bytes")
			.satisfies((ex) -> assertThat(ex.maxBytes()).isEqualTo(bytes - 1));
		assertThat(this.json.of(Map.of("a", List.of(1, 2)), 11).text()).hasSize(11);
		assertThatExceptionOfType(JsonTooLargeException.class)
			.isThrownBy(() -> this.json.of(Map.of("a", List.of(1, 2)), 10));
		assertThat(this.withoutTokens.of(Map.of("token", "x".repeat(1000)), 2).text()).isEqualTo("{}");
	}

	@Test
	void refusesEnormousStringsWithoutCopyingThem() {
		String enormous = "x".repeat(3 << 20);
		assertThatExceptionOfType(JsonTooLargeException.class).isThrownBy(() -> of(enormous));
		assertThatExceptionOfType(JsonTooLargeException.class).isThrownBy(() -> of(new byte[3 << 20]));
		assertThatExceptionOfType(JsonTooLargeException.class).isThrownBy(() -> of(Map.of(enormous, 1)));
		JsonNode dropped = JsonMapper.shared().createObjectNode().put("token", enormous);
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> this.withoutTokens.of(dropped, ROOM))
			.withMessageContaining("more than 1048576 characters");
		assertThat(new CanonicalJson(JsonLimits.DEFAULT).of(enormous, 4 << 20).utf8Length()).isEqualTo((3 << 20) + 2);
	}

	@Test
	void refusesNamesThatBecomeTheSame() {
		Map<Object, Object> map = new HashMap<>();
		map.put(1, "a");
		map.put("1", "b");
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> of(map))
			.withMessage("The name \"1\" occurs twice in one object");
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> parse("{\"a\":1,\"\\u0061\":1}"));
	}

	@Test
	void refusesTextsThatAreNotOneJsonValue() {
		for (String text : new String[] { "", " ", "{", "[1", "{}{}", "{} x", "{a:1}", "'a'", "[1,]", "01", "+1", ".5",
				"1.", "NaN", "nul", "\"\u0001\"", "// x\n1", "1e99999999999", "1e400" }) {
			assertThatExceptionOfType(PresenceDataException.class).as(text).isThrownBy(() -> parse(text));
		}
	}

	@Test
	void refusesBeansThatShowNothingOrThrow() {
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> of(new Object()))
			.withMessageContaining("java.lang.Object");
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> of(new Throwing()))
			.withMessageContaining("not loaded\\u2028")
			.withStackTraceContaining("IllegalStateException");
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> of(Map.of("x", Double.NaN)));
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> of(Collections.singletonMap(null, 1)));
	}

	@Test
	void readsAValueInTheMiddleOfADocument() {
		try (var parser = JsonMapper.shared().createParser("{\"state\":{\"b\":1.0,\"a\":[]},\"next\":2}")) {
			parser.nextToken();
			parser.nextName();
			parser.nextToken();
			assertThat(this.json.read(parser, ROOM).text()).isEqualTo("{\"a\":[],\"b\":1}");
			assertThat(parser.nextName()).isEqualTo("next");
		}
	}

	private static List<Object> endless(AtomicInteger read) {
		return new AbstractList<>() {
			@Override
			public Object get(int index) {
				read.incrementAndGet();
				return Map.of();
			}

			@Override
			public int size() {
				return Integer.MAX_VALUE;
			}
		};
	}

	private String of(Object value) {
		return this.json.of(value, ROOM).text();
	}

	private String parse(String text) {
		return this.json.parse(text, ROOM).text();
	}

	record Person(String name, long id, List<Object> tags) {
	}

	static class PersonBean {

		public String getName() {
			return "Ada";
		}

		public float getId() {
			return 7;
		}

		public Object[] getTags() {
			return new Object[] { "x", null, true };
		}

	}

	record Raw(@JsonRawValue String raw) {
	}

	static class Dynamic {

		@JsonAnyGetter
		public Map<String, Object> any() {
			return Map.of("token", 1, "x", 1);
		}

	}

	@JsonFormat(shape = JsonFormat.Shape.ARRAY)
	record AsArray(String name, String token) {
	}

	record OnlyToken(String token) {
	}

	record Wrapper(@JsonUnwrapped Person person, @JsonUnwrapped OnlyToken secrets) {
	}

	record Guarded(AtomicInteger calls) {

		public int getId() {
			return 1;
		}

		public Object getToken() {
			return this.calls.incrementAndGet();
		}

		@Override
		@JsonIgnore
		public AtomicInteger calls() {
			return this.calls;
		}

	}

	static class Endless {

		public Endless getNext() {
			return new Endless();
		}

	}

	static class SelfReference {

		public SelfReference getSelf() {
			return this;
		}

	}

	static class EndlessValue {

		@JsonValue
		public EndlessValue value() {
			return new EndlessValue();
		}

	}

	static class Throwing {

		public String getName() {
			throw new IllegalStateException("not loaded\u2028");
		}

	}

}
