package io.presence.spring.websocket;

import java.net.http.WebSocketHandshakeException;
import java.util.concurrent.CompletionException;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * How many connections an address may have, and how long one may do nothing.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "presence.store=memory", "presence.limits.max-connections-per-address=2",
				"presence.websocket.subscribe-timeout=2s", "presence.access[0].pattern=**",
				"presence.access[0].allow=anyone" })
class AddressQuotaTests {

	@LocalServerPort
	private int port;

	@Test
	void refusesTheHandshakeUntilAConnectionCloses() throws InterruptedException {
		TestClient first = connect().welcomed().joined("room");
		try (TestClient second = connect().welcomed().joined("room")) {
			assertThatExceptionOfType(CompletionException.class).isThrownBy(this::connect)
				.havingCause()
				.isInstanceOfSatisfying(WebSocketHandshakeException.class,
						(ex) -> assertThat(ex.getResponse().statusCode()).isEqualTo(429));
			first.close();
			try (TestClient third = Awaitility.await()
				.ignoreExceptions()
				.until(this::connect, (client) -> true)
				.welcomed()) {
				assertThat(third.closeCode()).isEqualTo(1001);
			}
			second.send("{'type':'ping'}");
			assertThat(second.next("pong")).isNotNull();
		}
	}

	private TestClient connect() {
		return TestClient.connect(this.port, "/presence");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
