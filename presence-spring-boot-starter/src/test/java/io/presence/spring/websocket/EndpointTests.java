package io.presence.spring.websocket;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Configuration;

import io.presence.PresenceService;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class EndpointTests {

	@LocalServerPort
	private int port;

	@Autowired
	private PresenceService presence;

	@Test
	void welcomesAndJoins() throws InterruptedException {
		try (TestClient client = TestClient.connect(this.port, "/presence")) {
			JsonNode welcome = client.next();
			assertThat(welcome.path("type").asString()).isEqualTo("welcome");
			assertThat(welcome.path("protocol").asInt()).isEqualTo(1);
			client.joined("room:1");
			assertThat(this.presence.count("room:1")).isOne();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
