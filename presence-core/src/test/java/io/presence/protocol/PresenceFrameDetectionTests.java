package io.presence.protocol;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class PresenceFrameDetectionTests {

	@ParameterizedTest
	@ValueSource(strings = { "{\"type\":\"presence-state\",\"topic\":\"a\",\"state\":null}",
			" \n{\"x\":{\"type\":\"chat\"},\"topic\":\"a\",\"type\":\"presence-snapshot\"}",
			"{\"type\":\"presence-unheard-of\"}", "{\"type\":\"\\u0070resence-state\"}",
			"{\"type\":\"subscribe\",\"topic\":\"__presence:a\"}",
			"{\"topic\":\"__presence:a\",\"type\":\"unsubscribe\"}",
			"{\"type\":\"subscribe\",\"topic\":\"__presence:__presence:a\"}",
			"{\"type\":\"subscribe-batch\",\"topics\":[\"__presence:a\",{\"topic\":\"__presence:b\",\"ref\":1}]}",
			"{\"type\":\"presence-state\",\"topic\":\"a\",\"state\":{" })
	void takesWhatIsForPresence(String text) {
		assertThat(FrameReader.isPresenceFrame(text)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "presence-", "hello", "{}", "[]", "null", "[{\"type\":\"presence-state\"}]",
			"\"presence-state\"", "{\"type\":\"chat\",\"text\":\"presence-state\"}",
			"{\"type\":\"chat\",\"text\":\"{\\\"type\\\":\\\"presence-state\\\"}\"}",
			"{\"type\":\"chat\",\"inner\":{\"type\":\"presence-state\",\"topic\":\"__presence:a\"}}",
			"{\"type\":\"subscribe\",\"topic\":\"a\"}", "{\"type\":\"unsubscribe\",\"topic\":\"presence\"}",
			"{\"type\":\"subscribe-batch\",\"topics\":[\"a\",\"__presence:b\"]}",
			"{\"type\":\"subscribe-batch\",\"topics\":[],\"x\":\"presence\"}", "{\"type\":[\"presence-state\"]}",
			"{\"type\":\"presence\"}", "{\"type\":\"ping\"}", "{\"type\":\"Presence-state\"}",
			"{\"presence-\":1,\"type\":", "{\"type\" \"presence-state\"}", "\\u", "{\"\\u00" })
	void leavesTheRestToTheApplication(String text) {
		assertThat(FrameReader.isPresenceFrame(text)).isFalse();
	}

}
