package io.presence.spring.recipes;

import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.authentication.event.LogoutSuccessEvent;

import io.presence.KickMode;
import io.presence.PresenceService;
import io.presence.PresenceUserResolver;
import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.spring.support.TomcatServer;
import io.presence.spring.websocket.TestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A logout that ends everything of a user.
 */
@ExtendWith(RedisServerExtension.class)
class LogoutEverywhereTests {

	@Test
	void closesTheConnectionsOfTheUserOnEveryInstance(RedisServer redis) throws Exception {
		try (RunningApplication one = start(redis);
				RunningApplication two = start(redis);
				TestClient ben = two.connect("/presence?login=ben", Map.of()).joined("room")) {
			TestClient here = one.connect("/presence?login=ann", Map.of()).joined("room");
			TestClient there = two.connect("/presence?login=ann", Map.of()).joined("hall");
			one.publish(new LogoutSuccessEvent(new TestingAuthenticationToken("ann", "")));
			assertThat(here.closeCode()).isEqualTo(4403);
			assertThat(there.closeCode()).isEqualTo(4403);
			ben.send("{'type':'ping'}");
			assertThat(ben.next("pong")).isNotNull();
		}
	}

	private static RunningApplication start(RedisServer redis) {
		return RunningApplication.on(redis, Application.class, "presence.access[0].pattern=**",
				"presence.access[0].allow=anyone");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import({ TomcatServer.class, Logouts.class })
	static class Application {

		@Bean
		PresenceUserResolver users() {
			return (handshake) -> Map.of("id", handshake.parameters().get("login").get(0));
		}

	}

	static class Logouts {

		private final PresenceService presence;

		Logouts(PresenceService presence) {
			this.presence = presence;
		}

		@EventListener
		void loggedOut(LogoutSuccessEvent event) {
			this.presence.kick(event.getAuthentication().getName(), null, KickMode.CLOSE);
		}

	}

}
