package io.presence.spring.websocket;

import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.servlet.ServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * A room that hangs up at once in Tomcat.
 */
class TomcatMassDisconnectTests extends AbstractMassDisconnectTests {

	@Configuration(proxyBeanMethods = false)
	static class TomcatApplication extends NamedUsersApplication {

		@Bean
		ServletWebServerFactory webServerFactory() {
			return new TomcatServletWebServerFactory();
		}

	}

}
