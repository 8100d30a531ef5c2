package io.presence.protocol;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.presence.LeaveReason;
import io.presence.json.JsonText;
import io.presence.store.MemberState;

import static org.assertj.core.api.Assertions.assertThat;

class FrameWriterTests {

	private static final String HOSTILE = "\"\\\b\t\n\f\r\u0000\u001f\u2028\u2029\uD800x\uDC00\uD83D\uDE00</script>é";

	private static final Position POSITION = new Position("k3J9", 18);

	private static final JsonText ADA = JsonText.ofCanonical("{\"id\":\"ada\",\"name\":\"Ada\"}");

	private final JsonMapper mapper = new JsonMapper();

	@Test
	void writesControlFrames() {
		assertThat(
				FrameWriter.welcome("c1", Duration.ofSeconds(30), Duration.ofSeconds(90), Duration.ofSeconds(25), 1024))
			.isEqualTo("{\"type\":\"welcome\",\"connectionId\":\"c1\",\"heartbeat\":30000,\"maxAge\":90000,"
					+ "\"pingInterval\":25000,\"maxStateBytes\":1024,\"protocol\":1}");
		assertThat(FrameWriter.subscribed("room:42", "ada", 7L))
			.isEqualTo("{\"type\":\"subscribed\",\"topic\":\"room:42\",\"key\":\"ada\",\"ref\":7}");
		assertThat(FrameWriter.subscribed("__presence:room:42", null, null))
			.isEqualTo("{\"type\":\"subscribed\",\"topic\":\"__presence:room:42\"}");
		assertThat(FrameWriter.denied("room:42", DenialReason.INVALID_DATA, 7L))
			.isEqualTo("{\"type\":\"subscribe-denied\",\"topic\":\"room:42\",\"reason\":\"invalid-data\",\"ref\":7}");
		assertThat(FrameWriter.current("room:42", POSITION))
			.isEqualTo("{\"type\":\"current\",\"topic\":\"room:42\",\"epoch\":\"k3J9\",\"v\":18}");
		assertThat(FrameWriter.unsubscribed("room:42", UnsubscribeReason.KICKED, null))
			.isEqualTo("{\"type\":\"unsubscribed\",\"topic\":\"room:42\",\"reason\":\"kicked\"}");
		assertThat(FrameWriter.error(ErrorCode.NOT_JOINED, "Join first", "room:42", -1L)).isEqualTo(
				"{\"type\":\"error\",\"code\":\"not-joined\",\"message\":\"Join first\",\"topic\":\"room:42\",\"ref\":-1}");
		assertThat(FrameWriter.rateLimited("Slow down", Duration.ofMillis(250), null, null))
			.isEqualTo("{\"type\":\"error\",\"code\":\"rate-limited\",\"message\":\"Slow down\",\"retryAfter\":250}");
		assertThat(FrameWriter.goodbye(Duration.ofMillis(1234)))
			.isEqualTo("{\"type\":\"goodbye\",\"reason\":\"shutdown\",\"retryAfter\":1234}");
		assertThat(FrameWriter.pong()).isEqualTo("{\"type\":\"pong\"}");
	}

	@Test
	void namesCodesAndReasonsAsTheProtocolDoes() {
		assertThat(ErrorCode.values()).extracting(ErrorCode::code)
			.containsExactly("bad-frame", "unknown-type", "invalid-topic", "not-joined", "not-observing",
					"state-too-large", "unauthorized", "rate-limited");
		assertThat(DenialReason.values()).extracting(DenialReason::code)
			.containsExactly("unauthorized", "limit", "invalid-topic", "invalid-data", "unavailable");
		assertThat(UnsubscribeReason.values()).extracting(UnsubscribeReason::code)
			.containsExactly("leave", "kicked", "unauthorized");
	}

	@Test
	void writesAState() {
		assertThat(FrameWriter.state("room:42", POSITION, Map.of("ada", ADA),
				Map.of("c1", new MemberState("ada", JsonText.ofCanonical("{\"status\":\"typing\"}"), 5))))
			.isEqualTo("{\"topic\":\"__presence:room:42\",\"event\":\"state\",\"epoch\":\"k3J9\",\"v\":18,\"count\":1,"
					+ "\"data\":{\"ada\":{\"id\":\"ada\",\"name\":\"Ada\"}},"
					+ "\"states\":{\"c1\":{\"key\":\"ada\",\"state\":{\"status\":\"typing\"},\"n\":5}}}");
	}

	@Test
	void writesAnEmptyState() {
		assertThat(FrameWriter.state("room:42", new Position("k3J9", 0), Map.of(), Map.of()))
			.isEqualTo("{\"topic\":\"__presence:room:42\",\"event\":\"state\",\"epoch\":\"k3J9\",\"v\":0,\"count\":0,"
					+ "\"data\":{},\"states\":{}}");
	}

	@Test
	void writesADiffWithEveryPart() {
		Map<String, JsonText> joins = new TreeMap<>(Map.of("ada", ADA, "bob", JsonText.ofCanonical("{}")));
		Map<String, StateUpdate> states = new TreeMap<>(Map.of("c1", new StateUpdate("ada", null, 6), "c2",
				new StateUpdate("bob", JsonText.ofCanonical("[1]"), 7)));
		assertThat(FrameWriter.diff("room:42", 17, POSITION, 2, joins, Map.of("eve", JsonText.ofCanonical("{\"a\":1}")),
				List.of("ada"), Map.of("eve", LeaveReason.TIMEOUT), states))
			.isEqualTo("{\"topic\":\"__presence:room:42\",\"event\":\"diff\",\"epoch\":\"k3J9\",\"from\":17,\"v\":18,"
					+ "\"count\":2,\"data\":{\"joins\":{\"ada\":{\"id\":\"ada\",\"name\":\"Ada\"},\"bob\":{}},"
					+ "\"leaves\":{\"eve\":{\"a\":1}}},\"updated\":[\"ada\"],\"reasons\":{\"eve\":\"timeout\"},"
					+ "\"states\":{\"c1\":{\"key\":\"ada\",\"state\":null,\"n\":6},"
					+ "\"c2\":{\"key\":\"bob\",\"state\":[1],\"n\":7}}}");
	}

	@Test
	void leavesOutOfADiffWhatIsEmptyButNeverJoinsAndLeaves() {
		assertThat(FrameWriter.diff("room:42", 17, POSITION, 3, Map.of(), Map.of(), List.of(), Map.of(), Map.of()))
			.isEqualTo("{\"topic\":\"__presence:room:42\",\"event\":\"diff\",\"epoch\":\"k3J9\",\"from\":17,\"v\":18,"
					+ "\"count\":3,\"data\":{\"joins\":{},\"leaves\":{}}}");
	}

	@Test
	void writesHeartbeatsWithAndWithoutData() {
		assertThat(FrameWriter.heartbeat("room:42", POSITION, 1, Map.of("ada", ADA)))
			.isEqualTo("{\"topic\":\"__presence:room:42\",\"event\":\"heartbeat\",\"epoch\":\"k3J9\",\"v\":18,"
					+ "\"count\":1,\"data\":{\"ada\":{\"id\":\"ada\",\"name\":\"Ada\"}}}");
		assertThat(FrameWriter.heartbeat("room:42", POSITION, 1, null)).isEqualTo(
				"{\"topic\":\"__presence:room:42\",\"event\":\"heartbeat\",\"epoch\":\"k3J9\",\"v\":18,\"count\":1}");
	}

	@Test
	void escapesEveryStringThatComesFromOutside() {
		Map<String, JsonText> members = Map.of(HOSTILE, ADA);
		for (String frame : List.of(FrameWriter.subscribed(HOSTILE, HOSTILE, 1L),
				FrameWriter.denied(HOSTILE, DenialReason.LIMIT, null),
				FrameWriter.error(ErrorCode.BAD_FRAME, HOSTILE, HOSTILE, null),
				FrameWriter.unsubscribed(HOSTILE, UnsubscribeReason.LEAVE, null),
				FrameWriter.state(HOSTILE, POSITION, members,
						Map.of(HOSTILE, new MemberState(HOSTILE, JsonText.ofCanonical("0"), 1))),
				FrameWriter.diff(HOSTILE, 1, POSITION, 1, members, members, List.of(HOSTILE),
						Map.of(HOSTILE, LeaveReason.LEAVE), Map.of(HOSTILE, new StateUpdate(HOSTILE, null, 1))),
				FrameWriter.heartbeat(HOSTILE, POSITION, 1, members))) {
			assertThat(frame).doesNotContain("\u2028", "\u2029", "\n", "\r", "\u0000");
			assertThat(LoneSurrogates.in(frame)).isFalse();
			assertThat(this.mapper.readTree(frame).path("topic").asString()).endsWith(HOSTILE);
		}
	}

	@Test
	void keepsNamesThatMeanSomethingInJavaScript() {
		JsonNode frame = this.mapper
			.readTree(FrameWriter.state("__proto__", POSITION, Map.of("__proto__", ADA, "constructor", ADA), Map.of()));
		assertThat(frame.path("data").propertyNames()).containsExactlyInAnyOrder("__proto__", "constructor");
	}

}
