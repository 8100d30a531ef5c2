package io.presence.spring.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.server.servlet.ServletWebServerFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.support.GenericApplicationContext;

import io.presence.PresenceAuthorizer;
import io.presence.PresenceAccessDeniedException;
import io.presence.PresenceConnection;
import io.presence.PresenceEvent;
import io.presence.PresenceListener;
import io.presence.PresenceSelector;
import io.presence.PresenceService;
import io.presence.PresenceUserResolver;
import io.presence.engine.PresenceEngine;

/**
 * An application with the starter in it, on a port of its own, whose users are what the
 * query says: {@code user}, {@code name}.
 */
final class ConformanceServer implements AutoCloseable {

	private final ConfigurableApplicationContext context;

	private ConformanceServer(ConfigurableApplicationContext context) {
		this.context = context;
	}

	/**
	 * Starts the application.
	 * @param container the servlet container that carries its sockets
	 * @param properties properties besides the defaults, {@code presence.heartbeat=1s}
	 */
	static ConformanceServer start(Container container, String... properties) {
		List<String> arguments = new ArrayList<>(List.of("--server.port=0", "--server.address=127.0.0.1",
				"--presence.store=memory", "--spring.main.banner-mode=off", "--logging.level.root=warn",
				"--spring.jmx.enabled=false", "--server.shutdown=graceful"));
		for (String property : properties) {
			arguments.add("--" + property);
		}
		SpringApplication application = new SpringApplication(Application.class);
		application.addInitializers((context) -> ((GenericApplicationContext) context)
			.registerBean(ServletWebServerFactory.class, container.factory));
		return new ConformanceServer(application.run(arguments.toArray(String[]::new)));
	}

	int port() {
		return ((WebServerApplicationContext) this.context).getWebServer().getPort();
	}

	PresenceService service() {
		return this.context.getBean(PresenceService.class);
	}

	Rules rules() {
		return this.context.getBean(Rules.class);
	}

	PresenceEngine engine() {
		return (PresenceEngine) service();
	}

	@Override
	public void close() {
		this.context.close();
	}

	/**
	 * A servlet container.
	 */
	enum Container {

		TOMCAT(TomcatServletWebServerFactory::new),

		/** Resets a connection that it closes as an error while input is unread. */
		JETTY(JettyServletWebServerFactory::new);

		private final Supplier<ServletWebServerFactory> factory;

		Container(Supplier<ServletWebServerFactory> factory) {
			this.factory = factory;
		}

	}

	/**
	 * What the application's collaborators do when asked.
	 */
	static final class Rules {

		/** Topics for which the authorizer says no, as {@code ACTION topic}. */
		final Set<String> denied = ConcurrentHashMap.newKeySet();

		/** Open connections by user, as the authorizer sees them. */
		final Map<String, PresenceConnection> connections = new ConcurrentHashMap<>();

		/** What a collaborator waits for that hangs. */
		final Semaphore hanging = new Semaphore(0);

		/** Who the slow listener heard join, as {@code key topic}. */
		final Set<String> heard = ConcurrentHashMap.newKeySet();

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Rules rules() {
			return new Rules();
		}

		@Bean
		PresenceUserResolver userResolver(Rules rules) {
			return (handshake) -> {
				String user = handshake.parameter("user");
				if (user == null) {
					return null;
				}
				switch (user) {
					case "banned" -> throw new PresenceAccessDeniedException("banned");
					case "broken" -> throw new IllegalStateException("The resolver of the test is broken");
					case "nonsense" -> {
						return new Object();
					}
					case "hangs" -> rules.hanging.acquireUninterruptibly();
					default -> {
					}
				}
				String name = handshake.parameter("name");
				return (name != null) ? Map.of("id", user, "name", name) : Map.of("id", user);
			};
		}

		@Bean
		PresenceSelector selector(Rules rules) {
			return (user) -> {
				if (user instanceof Map<?, ?> map) {
					switch (String.valueOf(map.get("name"))) {
						case "throws" -> throw new IllegalStateException("The selector of the test is broken");
						case "unfinished" -> throw new Error("The selector of the test is not written yet");
						case "hangs" -> rules.hanging.acquireUninterruptibly();
						case "nothing" -> {
							return Map.of();
						}
						case "number" -> {
							return 42;
						}
						case "huge" -> {
							return Map.of("id", map.get("id"), "x", "x".repeat(17 * 1024));
						}
						default -> {
						}
					}
				}
				return user;
			};
		}

		@Bean
		PresenceAuthorizer authorizer(Rules rules) {
			return (request) -> {
				if (request.connection() != null && request.userData() instanceof Map<?, ?> user) {
					rules.connections.put(String.valueOf(user.get("id")), request.connection());
				}
				if (request.topic().startsWith("fatal:")) {
					throw new InternalError("The authorizer of the test is beyond help");
				}
				if (request.topic().startsWith("hanging:")) {
					rules.hanging.acquireUninterruptibly();
				}
				if (request.topic().startsWith("broken:")) {
					throw new IllegalStateException("The authorizer of the test is broken");
				}
				if (request.topic().startsWith("unfinished:")) {
					throw new Error("The authorizer of the test is not written yet");
				}
				return !rules.denied.contains(request.action() + " " + request.topic());
			};
		}

		@Bean
		PresenceListener slowListener(Rules rules) {
			return (event) -> {
				if (event instanceof PresenceEvent.Joined joined && event.topic().startsWith("heard-late:")) {
					rules.hanging.acquireUninterruptibly();
					rules.heard.add(joined.key() + " " + event.topic());
				}
			};
		}

		@Bean
		PresenceListener brokenListener() {
			return (event) -> {
				if (event.topic().startsWith("listened:")) {
					throw new IllegalStateException("The listener of the test is broken");
				}
			};
		}

	}

}
