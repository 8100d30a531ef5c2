package io.presence.spring.websocket;

import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.web.server.servlet.ServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * A room that hangs up at once in Jetty.
 */
class JettyMassDisconnectTests extends AbstractMassDisconnectTests {

	@Configuration(proxyBeanMethods = false)
	static class JettyApplication extends NamedUsersApplication {

		@Bean
		ServletWebServerFactory webServerFactory() {
			return new JettyServletWebServerFactory();
		}

	}

}
