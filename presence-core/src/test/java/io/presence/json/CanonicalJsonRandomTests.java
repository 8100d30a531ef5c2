package io.presence.json;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random values, told apart and recognized by their texts.
 */
class CanonicalJsonRandomTests {

	private static final int ROOM = 1 << 20;

	private static final String[] STRINGS = { "", "a", "b", "\u00e9", "\u20ac", "\ud83d\ude00", "\ud83d", "\ude00",
			"\u2028", "\"\\\n", "__proto__" };

	private static final Number[] NUMBERS = { 0, 1, -1, 0.5, 1e300, 1e-7, Long.MAX_VALUE, Long.MIN_VALUE, 1e21,
			new BigDecimal("0.1234567890123456789012345"), new BigDecimal("123456789012345678901234567890") };

	private final CanonicalJson json = new CanonicalJson(JsonLimits.DEFAULT);

	@Test
	void hasOneTextForOneValueHoweverItComes() {
		for (int seed = 0; seed < 3000; seed++) {
			Random random = new Random(seed);
			Object value = value(random, 4);
			JsonText text = this.json.of(value, ROOM);
			String as = "seed " + seed;
			assertThat(this.json.of(respelled(value, random), ROOM)).as(as).isEqualTo(text);
			assertThat(this.json.of(text.toValue(), ROOM)).as(as).isEqualTo(text);
			assertThat(this.json.parse(text.text(), ROOM)).as(as).isEqualTo(text);
			assertThat(this.json.of(exact().readTree(text.text()), ROOM)).as(as).isEqualTo(text);
			byte[] utf8 = text.text().getBytes(StandardCharsets.UTF_8);
			assertThat(text.utf8Length()).as(as).isEqualTo(utf8.length);
			assertThat(new String(utf8, StandardCharsets.UTF_8)).as(as).isEqualTo(text.text());
			assertThat(this.json.of(Collections.singletonList(value), ROOM)).as(as).isNotEqualTo(text);
		}
	}

	private static JsonMapper exact() {
		return JsonMapper.builder()
			.enable(tools.jackson.databind.DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
			.build();
	}

	private static Object value(Random random, int depth) {
		return switch (random.nextInt((depth > 0) ? 7 : 5)) {
			case 0 -> null;
			case 1 -> random.nextBoolean();
			case 2 -> NUMBERS[random.nextInt(NUMBERS.length)];
			case 3 -> random.nextDouble() * Math.pow(10, random.nextInt(60) - 30);
			case 4 -> string(random);
			case 5 -> {
				List<Object> list = new ArrayList<>();
				for (int i = random.nextInt(4); i > 0; i--) {
					list.add(value(random, depth - 1));
				}
				yield list;
			}
			default -> {
				Map<String, Object> map = new LinkedHashMap<>();
				for (int i = random.nextInt(5); i > 0; i--) {
					map.put(string(random), value(random, depth - 1));
				}
				yield map;
			}
		};
	}

	private static String string(Random random) {
		StringBuilder out = new StringBuilder();
		for (int i = random.nextInt(4); i > 0; i--) {
			out.append(STRINGS[random.nextInt(STRINGS.length)]);
		}
		return out.toString();
	}

	private Object respelled(Object value, Random random) {
		if (value instanceof Map<?, ?> map) {
			List<Object> names = new ArrayList<>(map.keySet());
			Collections.shuffle(names, random);
			Map<Object, Object> copy = new LinkedHashMap<>();
			names.forEach((name) -> copy.put(name, respelled(map.get(name), random)));
			return copy;
		}
		if (value instanceof List<?> list) {
			return list.stream().map((element) -> respelled(element, random)).toArray();
		}
		if (value instanceof Number number) {
			BigDecimal exact = new BigDecimal(this.json.of(number, ROOM).text());
			return exact.setScale(exact.scale() + random.nextInt(5));
		}
		return value;
	}

}
