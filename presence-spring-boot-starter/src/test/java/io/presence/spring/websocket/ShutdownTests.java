package io.presence.spring.websocket;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.servlet.ServletWebServerFactory;
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

	@ParameterizedTest
	@ValueSource(classes = { TomcatServletWebServerFactory.class, JettyServletWebServerFactory.class })
	void saysGoodbyeClosesAndTellsTheApplicationOfEveryLeave(Class<? extends ServletWebServerFactory> server)
			throws InterruptedException {
		List<TestClient> clients = new ArrayList<>();
		Departures departures = runWithClients(server, clients);
		for (TestClient client : clients) {
			JsonNode goodbye = client.next("goodbye");
			assertThat(goodbye.path("reason").asString()).isEqualTo("shutdown");
			assertThat(goodbye.path("retryAfter").asInt()).isPositive();
			assertThat(client.closeCode()).isEqualTo(1012);
		}
		assertThat(departures.all).extracting(PresenceEvent.Left::key).containsExactlyInAnyOrder("ann", "bob");
		assertThat(departures.all).extracting(PresenceEvent.Left::reason).containsOnly(LeaveReason.SHUTDOWN);
	}

	private static Departures runWithClients(Class<? extends ServletWebServerFactory> server, List<TestClient> clients)
			throws InterruptedException {
		try (ServletWebServerApplicationContext context = (ServletWebServerApplicationContext) new SpringApplicationBuilder(
				Application.class, server)
			.web(WebApplicationType.SERVLET)
			.run("--server.port=0", "--presence.store=memory", "--spring.main.banner-mode=off",
					"--presence.access[0].pattern=**", "--presence.access[0].allow=anyone")) {
			int port = context.getWebServer().getPort();
			clients.add(TestClient.connect(port, "/presence?user=ann").welcomed().joined("room:1"));
			clients.add(TestClient.connect(port, "/presence?user=bob").welcomed().joined("room:1"));
			return context.getBean(Departures.class);
		}
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
