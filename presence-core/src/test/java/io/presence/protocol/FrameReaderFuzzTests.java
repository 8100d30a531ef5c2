package io.presence.protocol;

import java.util.List;
import java.util.Random;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Mutates frames at random. A failure names the seed and shows the frame.
 */
class FrameReaderFuzzTests {

	private static final int ROUNDS = 40_000;

	private static final List<String> FRAMES = List.of(
			"{\"type\":\"subscribe\",\"topic\":\"room:42\",\"ref\":1,\"state\":{\"status\":\"typing\",\"at\":[1.5e2,null]},"
					+ "\"expireAfter\":8000,\"observe\":false,\"heartbeat\":\"light\",\"epoch\":\"k3J9\",\"v\":17}",
			"{\"type\":\"subscribe-batch\",\"topics\":[\"room:1\",\"__presence:room:2\",{\"topic\":\"room:3\",\"state\":1}],"
					+ "\"ref\":2}",
			"{\"type\":\"unsubscribe\",\"topic\":\"__presence:room:42\",\"ref\":3}",
			"{\"type\":\"presence-snapshot\",\"topic\":\"room:42\",\"epoch\":\"k3J9\",\"v\":17}",
			"{\"type\":\"presence-state\",\"topic\":\"room:42\",\"state\":{\"x\":0.25,\"y\":[true,\"\\ud83d\\ude00\"]},"
					+ "\"expireAfter\":500,\"ref\":4}",
			"{\"type\":\"ping\"}");

	private static final List<String> PIECES = List.of("{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud800",
			"\\udc00", "\uD83D", "\uDE00", "\u2028", "\u202E", "\u0000", "null", "true", "-", "0", "1e999999999",
			"1E-2147483649", "-0.0", "9007199254740992", "NaN", "\"type\"", "\"topic\":", "\"state\":{\"a\":",
			"\"__presence:", "presence-", "__proto__", "subscribe", "/*", "//", "'", " ", "\n", "\t", "\uFEFF",
			"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "{\"a\":{\"a\":{\"a\":", "\"a\":1,\"a\":1,", "é", "\u007f");

	private final FrameReader reader = new FrameReader(256, 1024);

	private final JsonMapper mapper = new JsonMapper();

	@ParameterizedTest
	@ValueSource(longs = { 1, 2, 3 })
	void mutatedFramesAreReadOrRefusedWithAnAnswerThatIsJson(long seed) {
		Random random = new Random(seed);
		int read = 0;
		int refused = 0;
		for (int i = 0; i < ROUNDS; i++) {
			String text = mutated(random);
			try {
				FrameReader.isPresenceFrame(text);
				this.reader.read(text);
				read++;
			}
			catch (FrameException ex) {
				refused++;
				check(ex, text);
			}
			catch (Throwable ex) {
				throw new AssertionError("Seed " + seed + ", round " + i + ": " + text, ex);
			}
		}
		assertThat(read).isGreaterThan(ROUNDS / 100);
		assertThat(refused).isGreaterThan(ROUNDS / 2);
	}

	private void check(FrameException refused, String text) {
		JsonNode answer = this.mapper.readTree(refused.answer());
		assertThat(answer.path("type").asString()).as(text).isIn("error", "subscribe-denied");
		assertThat(refused.getMessage()).as(text).matches("[ -~]{1,700}");
		assertThat(LoneSurrogates.in(refused.answer())).as(text).isFalse();
		assertThat(refused.answer().length()).as(text).isLessThan(1000 + 6 * text.length());
	}

	private static String mutated(Random random) {
		StringBuilder text = new StringBuilder(FRAMES.get(random.nextInt(FRAMES.size())));
		for (int i = 1 + random.nextInt(4); i > 0 && !text.isEmpty(); i--) {
			int at = random.nextInt(text.length());
			int end = Math.min(text.length(), at + 1 + random.nextInt(6));
			switch (random.nextInt(6)) {
				case 0 -> text.delete(at, end);
				case 1 -> text.insert(at, PIECES.get(random.nextInt(PIECES.size())));
				case 2 -> text.replace(at, end, PIECES.get(random.nextInt(PIECES.size())));
				case 3 -> text.setCharAt(at, (char) random.nextInt(0x10000));
				case 4 -> text.insert(at, text.substring(random.nextInt(at + 1), end));
				default -> replaceValue(text, at, random);
			}
		}
		return text.toString();
	}

	private static void replaceValue(StringBuilder text, int at, Random random) {
		int colon = text.indexOf(":", at);
		if (colon >= 0) {
			int end = text.indexOf(",", colon);
			text.replace(colon + 1, (end >= 0) ? end : text.length(), List
				.of("null", "0", "-1", "1e400", "\"x\"", "[]", "{}", "true", "1.5", "\"" + "x".repeat(2000) + "\"")
				.get(random.nextInt(10)));
		}
	}

}
