package io.presence.spring.recipes;

import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

import io.presence.PresenceAccessDeniedException;
import io.presence.PresenceUserResolver;
import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.spring.support.SecuredRequests;
import io.presence.spring.support.TomcatServer;
import io.presence.spring.websocket.TestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tickets that are good once, on any instance.
 */
@ExtendWith(RedisServerExtension.class)
class TicketTests {

	private static final Map<String, String> ANN = Map.of("Authorization",
			"Basic " + Base64.getEncoder().encodeToString("ann:ann".getBytes(StandardCharsets.UTF_8)));

	@Test
	void aTicketIsGoodOnceOnAnyInstance(RedisServer redis) throws Exception {
		try (RunningApplication one = start(redis); RunningApplication two = start(redis)) {
			assertThat(one.post("/api/presence-ticket", Map.of()).statusCode()).isEqualTo(401);
			String ticket = one.post("/api/presence-ticket", ANN).body();
			try (TestClient client = two.connect("/presence?ticket=" + ticket, Map.of())) {
				client.send("{'type':'subscribe','topic':'room'}");
				assertThat(client.next("subscribed").path("key").asString()).isEqualTo("ann");
			}
			assertThat(one.refusal("/presence?ticket=" + ticket, Map.of())).isEqualTo(403);
			assertThat(two.refusal("/presence?ticket=" + ticket, Map.of())).isEqualTo(403);
			assertThat(one.refusal("/presence", Map.of())).isEqualTo(403);
		}
	}

	@Test
	void aTicketDoesNotLast(RedisServer redis) throws Exception {
		try (RunningApplication one = start(redis)) {
			String ticket = one.post("/api/presence-ticket", ANN).body();
			long seconds = redis.execute((commands) -> commands.ttl("ticket:" + ticket));
			assertThat(seconds).isBetween(1L, 30L);
		}
	}

	private static RunningApplication start(RedisServer redis) {
		return RunningApplication.on(redis, Application.class, "presence.access[0].pattern=**",
				"presence.access[0].allow=anyone");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import({ TomcatServer.class, SecuredRequests.class, Tickets.class })
	static class Application {

		@Bean
		SecurityFilterChain chain(HttpSecurity http) {
			return http
				.authorizeHttpRequests(
						(requests) -> requests.requestMatchers("/presence").permitAll().anyRequest().authenticated())
				.httpBasic(Customizer.withDefaults())
				.csrf((csrf) -> csrf.disable())
				.build();
		}

		@Bean
		UserDetailsService accounts() {
			return new InMemoryUserDetailsManager(User.withUsername("ann").password("{noop}ann").build());
		}

		@Bean
		PresenceUserResolver ticketResolver(StringRedisTemplate redis) {
			return (handshake) -> {
				String ticket = handshake.parameter("ticket");
				String user = (ticket != null) ? redis.opsForValue().getAndDelete("ticket:" + ticket) : null;
				if (user == null) {
					throw new PresenceAccessDeniedException("No such ticket");
				}
				return Map.of("id", user, "name", user);
			};
		}

	}

	@RestController
	static class Tickets {

		private final StringRedisTemplate redis;

		Tickets(StringRedisTemplate redis) {
			this.redis = redis;
		}

		@PostMapping("/api/presence-ticket")
		String ticket(Principal principal) {
			String ticket = UUID.randomUUID().toString();
			this.redis.opsForValue().set("ticket:" + ticket, principal.getName(), Duration.ofSeconds(30));
			return ticket;
		}

	}

}
