package io.presence.spring.websocket;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

import io.presence.LeaveReason;
import io.presence.PresenceEvent;
import io.presence.PresenceUserResolver;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application that ends in order.
 */
class ShutdownTests {

	@Test
	void saysGoodbyeClosesAndTellsTheApplicationOfEveryLeave() throws InterruptedException {
		Departures departures;
		TestClient ann;
		TestClient bob;
		try (ServletWebServerApplicationContext context = (ServletWebServerApplicationContext) new SpringApplicationBuilder(
				Application.class)
			.web(WebApplicationType.SERVLET)
			.run("--server.port=0", "--presence.store=memory", "--spring.main.banner-mode=off",
					"--presence.access[0].pattern=**", "--presence.access[0].allow=anyone")) {
			int port = context.getWebServer().getPort();
			departures = context.getBean(Departures.class);
			ann = TestClient.connect(port, "/presence?user=ann").welcomed().joined("room:1");
			bob = TestClient.connect(port, "/presence?user=bob").welcomed().joined("room:1");
		}
		for (TestClient client : List.of(ann, bob)) {
			JsonNode goodbye = client.next("goodbye");
			assertThat(goodbye.path("reason").asString()).isEqualTo("shutdown");
			assertThat(goodbye.path("retryAfter").asInt()).isPositive();
			assertThat(client.closeCode()).isEqualTo(1012);
		}
		assertThat(departures.all).extracting(PresenceEvent.Left::key).containsExactlyInAnyOrder("ann", "bob");
		assertThat(departures.all).extracting(PresenceEvent.Left::reason).containsOnly(LeaveReason.SHUTDOWN);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		PresenceUserResolver users() {
			return (handshake) -> Map.of("id", String.valueOf(handshake.parameter("user")));
		}

		@Bean
		Departures departures() {
			return new Departures();
		}

	}

	static class Departures {

		private final List<PresenceEvent.Left> all = new CopyOnWriteArrayList<>();

		@EventListener
		void left(PresenceEvent.Left event) {
			this.all.add(event);
		}

	}

}
