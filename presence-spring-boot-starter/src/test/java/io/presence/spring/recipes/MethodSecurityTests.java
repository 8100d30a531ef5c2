package io.presence.spring.recipes;

import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.stereotype.Service;

import io.presence.KickMode;
import io.presence.PresenceMember;
import io.presence.PresenceService;
import io.presence.spring.autoconfigure.PresenceAutoConfiguration;
import io.presence.spring.autoconfigure.PresenceSecurityAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Method security on a service of the application that asks {@link PresenceService}.
 */
class MethodSecurityTests {

	@AfterEach
	void logout() {
		SecurityContextHolder.clearContext();
	}

	@Test
	void onlyWhoMayCallsTheService() {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(PresenceSecurityAutoConfiguration.class, PresenceAutoConfiguration.class))
			.withPropertyValues("presence.store=memory")
			.withUserConfiguration(Application.class)
			.run((context) -> {
				Rooms rooms = context.getBean(Rooms.class);
				login("ROLE_USER");
				assertThat(rooms.whoIsIn("42")).isEmpty();
				assertThatExceptionOfType(AccessDeniedException.class).isThrownBy(() -> rooms.remove("ann", "42"));
				login("ROLE_MODERATOR");
				rooms.remove("ann", "42");
				assertThatExceptionOfType(AccessDeniedException.class).isThrownBy(() -> rooms.whoIsIn("42"));
			});
	}

	private static void login(String role) {
		SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("ann", "", role));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableMethodSecurity
	@Import(Rooms.class)
	static class Application {

	}

	@Service
	static class Rooms {

		private final PresenceService presence;

		Rooms(PresenceService presence) {
			this.presence = presence;
		}

		@PreAuthorize("hasRole('USER')")
		List<PresenceMember> whoIsIn(String room) {
			return this.presence.list("room:" + room);
		}

		@PreAuthorize("hasRole('MODERATOR')")
		void remove(String user, String room) {
			this.presence.kick(user, "room:" + room, KickMode.CLOSE);
		}

	}

}
