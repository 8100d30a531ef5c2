package io.presence.spring.http;

import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.web.servlet.function.ServerRequest;

import io.presence.PresenceRoster;
import io.presence.PresenceService;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * What is answered when nobody is known.
 */
class TopicSnapshotHandlerTests {

	private final PresenceService presence = mock();

	@Test
	void aTopicInWhichNobodyIsIsNotFound() throws Exception {
		assertThat(answer(false, true).getStatus()).isEqualTo(404);
	}

	@Test
	void thatNobodyIsKnownWhileRedisIsSilentDoesNotMeanThatNobodyIsThere() throws Exception {
		MockHttpServletResponse answer = answer(true, true);
		assertThat(answer.getStatus()).isEqualTo(200);
		JsonNode body = JsonMapper.shared().readTree(answer.getContentAsString());
		assertThat(body.path("stale").asBoolean()).isTrue();
		assertThat(body.path("count").asInt()).isZero();
	}

	@Test
	void whoMayNotObserveLearnsNothingOfIt() throws Exception {
		assertThat(answer(true, false).getStatus()).isEqualTo(404);
	}

	private MockHttpServletResponse answer(boolean stale, boolean allowed) throws Exception {
		given(this.presence.roster("room")).willReturn(new PresenceRoster("room", List.of(), 0, 0, stale));
		MockHttpServletRequest request = new MockHttpServletRequest("GET", "/presence/topics");
		request.setParameter("topic", "room");
		MockHttpServletResponse response = new MockHttpServletResponse();
		List<HttpMessageConverter<?>> converters = List.of(new JacksonJsonHttpMessageConverter());
		new TopicSnapshotHandler(this.presence, (asked) -> allowed, (handshake) -> null)
			.answer(ServerRequest.create(request, converters))
			.writeTo(request, response, () -> converters);
		return response;
	}

}
