package io.presence.spring.websocket;

import java.security.Principal;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.servlet.ServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;
import org.springframework.web.socket.handler.TextWebSocketHandler;
import org.springframework.web.socket.server.standard.StandardWebSocketUpgradeStrategy;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;

import io.presence.PresenceAccessDeniedException;
import io.presence.PresenceService;
import io.presence.PresenceUserResolver;
import io.presence.spring.support.SecuredRequests;

/**
 * An application with Spring Security as the security page shows it: session login, HTTP
 * basic, tickets, method security, and a handler of its own.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(SecuredRequests.class)
@EnableMethodSecurity
class SecuredApplication {

	@Bean
	ServletWebServerFactory webServerFactory(@Value("${test.container:tomcat}") String container) {
		return container.equals("jetty") ? new JettyServletWebServerFactory() : new TomcatServletWebServerFactory();
	}

	@Bean
	SecurityFilterChain chain(HttpSecurity http) {
		return http
			.authorizeHttpRequests(
					(requests) -> requests.requestMatchers("/ticket").authenticated().anyRequest().permitAll())
			.formLogin(Customizer.withDefaults())
			.httpBasic(Customizer.withDefaults())
			.csrf((csrf) -> csrf.disable())
			.build();
	}

	@Bean
	UserDetailsService accounts() {
		return new InMemoryUserDetailsManager(User.withUsername("ann").password("{noop}ann").roles("USER").build(),
				User.withUsername("sam").password("{noop}sam").roles("USER", "STAFF").build());
	}

	@Bean
	PresenceUserResolver users(Tickets tickets) {
		return (handshake) -> {
			String ticket = handshake.parameter("ticket");
			if (ticket != null) {
				String user = tickets.users().remove(ticket);
				if (user == null) {
					throw new PresenceAccessDeniedException("No such ticket");
				}
				return Map.of("id", user, "name", user);
			}
			return (handshake.principal() != null)
					? Map.of("id", handshake.principal().getName(), "name", "canary " + handshake.principal().getName())
					: null;
		};
	}

	@Bean
	WebSocketConfigurer chat(WebSocketPresence presence) {
		return (registry) -> registry.addHandler(presence.decorate(new TextWebSocketHandler()), "/chat")
			.addInterceptors(presence.handshakeInterceptor())
			.setHandshakeHandler(new DefaultHandshakeHandler(new StandardWebSocketUpgradeStrategy()));
	}

	@Bean
	Tickets tickets() {
		return new Tickets(new ConcurrentHashMap<>());
	}

	@Bean
	Rooms rooms(PresenceService presence) {
		return new Rooms(presence);
	}

	@RestController
	static class Controller {

		private final Tickets tickets;

		private final Rooms rooms;

		Controller(Tickets tickets, Rooms rooms) {
			this.tickets = tickets;
			this.rooms = rooms;
		}

		@PostMapping("/ticket")
		String ticket(Principal principal) {
			String ticket = UUID.randomUUID().toString();
			this.tickets.users().put(ticket, principal.getName());
			return ticket;
		}

		@PostMapping("/session/begin")
		String beginSession(HttpSession session) {
			return session.getId();
		}

		@PostMapping("/session/end")
		void endSession(HttpSession session) {
			session.invalidate();
		}

		@PostMapping("/session/rename")
		void renameSession(HttpServletRequest request) {
			request.changeSessionId();
		}

		@GetMapping("/count/{room}")
		int count(@PathVariable String room) {
			return this.rooms.count(room);
		}

	}

	record Tickets(Map<String, String> users) {

	}

	static class Rooms {

		private final PresenceService presence;

		Rooms(PresenceService presence) {
			this.presence = presence;
		}

		@PreAuthorize("hasRole('STAFF')")
		int count(String room) {
			return this.presence.count(room);
		}

	}

}
