package io.presence.spring.websocket;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.servlet.ServletWebServerFactory;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;

import io.presence.LeaveReason;
import io.presence.PresenceEvent;

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
		NamedUsersApplication.Departures departures = runWithClients(server, clients);
		for (TestClient client : clients) {
			JsonNode goodbye = client.next("goodbye");
			assertThat(goodbye.path("reason").asString()).isEqualTo("shutdown");
			assertThat(goodbye.path("retryAfter").asInt()).isPositive();
			assertThat(client.closeCode()).isEqualTo(1012);
		}
		List<PresenceEvent.Left> left = departures.of("room:1");
		assertThat(left).extracting(PresenceEvent.Left::key).containsExactlyInAnyOrder("ann", "bob");
		assertThat(left).extracting(PresenceEvent.Left::reason).containsOnly(LeaveReason.SHUTDOWN);
	}

	private static NamedUsersApplication.Departures runWithClients(Class<? extends ServletWebServerFactory> server,
			List<TestClient> clients) throws InterruptedException {
		try (ServletWebServerApplicationContext context = (ServletWebServerApplicationContext) new SpringApplicationBuilder(
				NamedUsersApplication.class, server)
			.web(WebApplicationType.SERVLET)
			.run("--server.port=0", "--presence.store=memory", "--spring.main.banner-mode=off",
					"--presence.access[0].pattern=**", "--presence.access[0].allow=anyone")) {
			int port = context.getWebServer().getPort();
			clients.add(TestClient.connect(port, "/presence?user=ann").welcomed().joined("room:1"));
			clients.add(TestClient.connect(port, "/presence?user=bob").welcomed().joined("room:1"));
			return context.getBean(NamedUsersApplication.Departures.class);
		}
	}

}
