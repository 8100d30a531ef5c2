package io.presence.spring.autoconfigure;

import java.util.Map;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

import io.presence.PresenceService;
import io.presence.spring.websocket.WebSocketPresence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;

/**
 * Tests that applications write of controllers which use the service.
 */
class WebMvcSliceTests {

	@Nested
	@WebMvcTest(controllers = RoomController.class, properties = "presence.store=redis")
	@ContextConfiguration(classes = Application.class)
	class Slice {

		@Autowired
		private MockMvcTester mvc;

		@Test
		void controllerGetsAServiceInMemoryWhateverTheStore() {
			assertThat(this.mvc.get().uri("/rooms/1")).hasStatusOk().bodyJson().isEqualTo("{\"online\":0}");
		}

	}

	@Nested
	@WebMvcTest(controllers = RoomController.class)
	@ContextConfiguration(classes = Application.class)
	class SliceWithMock {

		@Autowired
		private MockMvcTester mvc;

		@MockitoBean
		private PresenceService presence;

		@Test
		void serviceCanBeMocked() {
			given(this.presence.count("room:1")).willReturn(7);
			assertThat(this.mvc.get().uri("/rooms/1")).hasStatusOk().bodyJson().isEqualTo("{\"online\":7}");
		}

	}

	@Nested
	@SpringBootTest(classes = Application.class, properties = "presence.store=memory")
	@AutoConfigureMockMvc
	class MockEnvironment {

		@Autowired
		private MockMvcTester mvc;

		@Autowired
		private WebSocketPresence webSocketPresence;

		@Test
		void wholeApplicationStartsWithoutAServer() {
			assertThat(this.webSocketPresence).isNotNull();
			assertThat(this.mvc.get().uri("/rooms/1")).hasStatusOk().bodyJson().isEqualTo("{\"online\":0}");
		}

	}

	@Nested
	@SpringBootTest(classes = Application.class, properties = "presence.store=memory")
	@AutoConfigureMockMvc
	class MockEnvironmentWithMock {

		@Autowired
		private MockMvcTester mvc;

		@MockitoBean
		private PresenceService presence;

		@Test
		void serviceCanBeMockedInTheWholeApplication() {
			given(this.presence.count("room:1")).willReturn(3);
			assertThat(this.mvc.get().uri("/rooms/1")).hasStatusOk().bodyJson().isEqualTo("{\"online\":3}");
		}

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(RoomController.class)
	static class Application {

	}

	@RestController
	static class RoomController {

		private final PresenceService presence;

		RoomController(PresenceService presence) {
			this.presence = presence;
		}

		@GetMapping("/rooms/{room}")
		Map<String, Object> room(@PathVariable String room) {
			return Map.of("online", this.presence.count("room:" + room));
		}

	}

}
