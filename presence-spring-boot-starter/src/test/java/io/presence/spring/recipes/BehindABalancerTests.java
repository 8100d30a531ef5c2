package io.presence.spring.recipes;

import java.util.Map;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import io.presence.spring.support.TomcatServer;
import io.presence.spring.websocket.TestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Connections per address where a balancer forwards the address of the client.
 */
class BehindABalancerTests {

	@ParameterizedTest
	@ValueSource(strings = { "framework", "native" })
	void theForwardedAddressCountsAndOfIpv6TheNetwork(String strategy) throws Exception {
		try (RunningApplication application = start("server.forward-headers-strategy=" + strategy);
				TestClient first = application.connect("/presence", from("203.0.113.1"));
				TestClient second = application.connect("/presence", from("203.0.113.2"));
				TestClient third = application.connect("/presence", from("2001:db8:0:1::1"));
				TestClient fourth = application.connect("/presence", from("2001:db8:0:2::1"))) {
			assertThat(application.refusal("/presence", from("203.0.113.2"))).isEqualTo(429);
			assertThat(application.refusal("/presence", from("2001:db8:0:1:ffff::1"))).isEqualTo(429);
			assertThat(application.refusal("/presence", from("203.0.113.3"))).isEqualTo(101);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = "none")
	void withoutForwardedHeadersTheBalancerIsTheAddress(String strategy) throws Exception {
		try (RunningApplication application = start("server.forward-headers-strategy=" + strategy);
				TestClient first = application.connect("/presence", from("203.0.113.1"))) {
			assertThat(application.refusal("/presence", from("203.0.113.2"))).isEqualTo(429);
		}
	}

	private static RunningApplication start(String property) {
		return RunningApplication.alone(Application.class, property, "presence.limits.max-connections-per-address=1");
	}

	private static Map<String, String> from(String address) {
		return Map.of("X-Forwarded-For", address);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(TomcatServer.class)
	static class Application {

	}

}
