package io.presence.spring.recipes;

import java.net.http.HttpResponse;
import java.util.Map;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.session.data.redis.RedisIndexedSessionRepository;
import org.springframework.session.data.redis.config.annotation.web.http.EnableRedisIndexedHttpSession;

import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.spring.support.SecuredRequests;
import io.presence.spring.support.TomcatServer;
import io.presence.spring.websocket.TestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Sessions that the instances share through Spring Session: a login at one is a login at
 * all, and so is its end.
 */
@ExtendWith(RedisServerExtension.class)
class SpringSessionTests {

	@Test
	void aLogoutOnOneInstanceEndsTheLoginOfConnectionsOnTheOther(RedisServer redis) throws Exception {
		try (RunningApplication one = start(redis);
				RunningApplication two = start(redis);
				TestClient ben = two.connect("/presence", login(two, "ben")).joined("room")) {
			Map<String, String> session = login(one, "ann");
			TestClient here = one.connect("/presence", session).joined("room");
			TestClient there = two.connect("/presence", session).joined("room");
			one.post("/logout", session);
			for (TestClient client : new TestClient[] { here, there }) {
				assertThat(client.next("unsubscribed").path("reason").asString()).isEqualTo("unauthorized");
				client.send("{'type':'subscribe','topic':'room'}");
				assertThat(client.next("subscribe-denied").path("reason").asString()).isEqualTo("unauthorized");
				client.close();
			}
			Awaitility.await()
				.untilAsserted(() -> assertThat(two.presence().list("room")).singleElement()
					.satisfies((member) -> assertThat(member.key()).isEqualTo("ben")));
			ben.send("{'type':'ping'}");
			assertThat(ben.next("pong")).isNotNull();
		}
	}

	@Test
	void aSessionThatIsDeletedEndsTheLoginOfConnectionsEverywhere(RedisServer redis) throws Exception {
		try (RunningApplication one = start(redis); RunningApplication two = start(redis)) {
			try (TestClient there = two.connect("/presence", login(one, "ann")).joined("room")) {
				RedisIndexedSessionRepository sessions = one.bean(RedisIndexedSessionRepository.class);
				sessions.findByPrincipalName("ann").keySet().forEach(sessions::deleteById);
				assertThat(there.next("unsubscribed").path("reason").asString()).isEqualTo("unauthorized");
			}
		}
	}

	private static RunningApplication start(RedisServer redis) {
		return RunningApplication.on(redis, Application.class);
	}

	private static Map<String, String> login(RunningApplication application, String user) throws Exception {
		HttpResponse<String> response = application.postForm("/login", "username=" + user + "&password=" + user);
		String cookie = response.headers().firstValue("Set-Cookie").orElseThrow();
		return Map.of("Cookie", cookie.substring(0, cookie.indexOf(';')));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import({ TomcatServer.class, SecuredRequests.class })
	@EnableRedisIndexedHttpSession
	static class Application {

		@Bean
		SecurityFilterChain chain(HttpSecurity http) {
			return http.authorizeHttpRequests((requests) -> requests.anyRequest().permitAll())
				.formLogin(Customizer.withDefaults())
				.csrf((csrf) -> csrf.disable())
				.build();
		}

		@Bean
		UserDetailsService accounts() {
			return new InMemoryUserDetailsManager(User.withUsername("ann").password("{noop}ann").build(),
					User.withUsername("ben").password("{noop}ben").build());
		}

	}

}
