package io.presence.spring.recipes;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

import com.nimbusds.jose.jwk.source.ImmutableSecret;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.oauth2.jose.jws.MacAlgorithm;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwsHeader;
import org.springframework.security.oauth2.jwt.JwtClaimsSet;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtEncoderParameters;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.jwt.NimbusJwtEncoder;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.security.web.SecurityFilterChain;

import io.presence.PresenceAuthorizer;
import io.presence.PresenceService;
import io.presence.PresenceUserResolver;
import io.presence.spring.support.SecuredRequests;
import io.presence.spring.support.TomcatServer;
import io.presence.spring.websocket.TestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tokens of a resource server, in the header of the handshake.
 */
class BearerTokenTests {

	private static final SecretKey KEY = key("a key of 32 bytes for the tests..");

	private static RunningApplication byRules;

	private static RunningApplication byExpiry;

	@BeforeAll
	static void start() {
		byRules = RunningApplication.alone(ResourceServer.class, "presence.access[0].pattern=staff:**",
				"presence.access[0].roles=SCOPE_staff", "presence.access[1].pattern=**");
		byExpiry = RunningApplication.alone(EndsWithTheToken.class);
	}

	@AfterAll
	static void stop() {
		byRules.close();
		byExpiry.close();
	}

	@Test
	void theSubjectOfTheTokenIsTheUser() throws Exception {
		try (TestClient ann = byRules.connect("/presence", token(KEY, "ann", "chat", Duration.ofMinutes(5)))) {
			ann.send("{'type':'subscribe','topic':'room'}");
			assertThat(ann.next("subscribed").path("key").asString()).isEqualTo("ann");
			assertThat(ann.next("state").path("data").toString())
				.isEqualTo("{\"ann\":{\"id\":\"ann\",\"name\":\"ann\"}}");
		}
	}

	@Test
	void scopesAreRoles() throws Exception {
		try (TestClient ann = byRules.connect("/presence", token(KEY, "ann", "chat", Duration.ofMinutes(5)));
				TestClient sam = byRules.connect("/presence", token(KEY, "sam", "staff", Duration.ofMinutes(5)))) {
			ann.send("{'type':'subscribe','topic':'staff:1'}");
			assertThat(ann.next("subscribe-denied").path("reason").asString()).isEqualTo("unauthorized");
			sam.joined("staff:1");
		}
	}

	@Test
	void withoutAValidTokenThereIsNoConnection() throws Exception {
		assertThat(byRules.refusal("/presence", Map.of())).isEqualTo(401);
		assertThat(byRules.refusal("/presence", token(KEY, "ann", "chat", Duration.ofMinutes(-5)))).isEqualTo(401);
		SecretKey another = key("another key, also of 32 bytes....");
		assertThat(byRules.refusal("/presence", token(another, "ann", "chat", Duration.ofMinutes(5)))).isEqualTo(401);
	}

	@Test
	void whatATokenAllowsEndsWithIt() throws Exception {
		try (TestClient ann = byExpiry.connect("/presence", token(KEY, "ann", "chat", Duration.ofSeconds(5)));
				TestClient ben = byExpiry.connect("/presence", token(KEY, "ben", "chat", Duration.ofMinutes(5)))) {
			ann.joined("room");
			ben.joined("room");
			assertThat(ann.next("unsubscribed").path("reason").asString()).isEqualTo("unauthorized");
			Awaitility.await()
				.untilAsserted(() -> assertThat(byExpiry.presence().list("room")).singleElement()
					.satisfies((member) -> assertThat(member.key()).isEqualTo("ben")));
			ann.send("{'type':'subscribe','topic':'room'}");
			assertThat(ann.next("subscribe-denied").path("reason").asString()).isEqualTo("unauthorized");
		}
	}

	private static SecretKey key(String text) {
		return new SecretKeySpec(text.getBytes(StandardCharsets.US_ASCII), "HmacSHA256");
	}

	private static Map<String, String> token(SecretKey key, String subject, String scope, Duration life) {
		Instant end = Instant.now().plus(life);
		JwtClaimsSet claims = JwtClaimsSet.builder()
			.subject(subject)
			.claim("scope", scope)
			.issuedAt(end.minusSeconds(3600))
			.expiresAt(end)
			.build();
		String token = new NimbusJwtEncoder(new ImmutableSecret<>(key))
			.encode(JwtEncoderParameters.from(JwsHeader.with(MacAlgorithm.HS256).build(), claims))
			.getTokenValue();
		return Map.of("Authorization", "Bearer " + token);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import({ TomcatServer.class, SecuredRequests.class })
	static class ResourceServer {

		@Bean
		JwtDecoder decoder() {
			return NimbusJwtDecoder.withSecretKey(KEY).build();
		}

		@Bean
		SecurityFilterChain chain(HttpSecurity http) {
			return http.authorizeHttpRequests((requests) -> requests.anyRequest().authenticated())
				.oauth2ResourceServer((server) -> server.jwt(Customizer.withDefaults()))
				.build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	static class EndsWithTheToken extends ResourceServer {

		@Bean
		PresenceUserResolver users(TaskScheduler scheduler, ObjectProvider<PresenceService> presence) {
			return (handshake) -> {
				if (!(handshake.principal() instanceof JwtAuthenticationToken token)) {
					return null;
				}
				Jwt jwt = token.getToken();
				scheduler.schedule(() -> presence.getObject().revalidate(jwt.getSubject()), jwt.getExpiresAt());
				return Map.of("id", jwt.getSubject(), "name", jwt.getSubject());
			};
		}

		@Bean
		PresenceAuthorizer untilTheTokenExpires() {
			return (request) -> request.principal() instanceof JwtAuthenticationToken token
					&& Instant.now().isBefore(token.getToken().getExpiresAt());
		}

	}

}
