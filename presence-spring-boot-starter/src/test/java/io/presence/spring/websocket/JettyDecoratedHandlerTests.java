package io.presence.spring.websocket;

import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.web.server.servlet.ServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.socket.server.RequestUpgradeStrategy;
import org.springframework.web.socket.server.jetty.JettyRequestUpgradeStrategy;

/**
 * A decorated handler in Jetty, with the sessions that Spring makes there.
 */
class JettyDecoratedHandlerTests extends AbstractDecoratedHandlerTests {

	@Configuration(proxyBeanMethods = false)
	static class JettyApplication extends Application {

		@Bean
		ServletWebServerFactory webServerFactory() {
			return new JettyServletWebServerFactory();
		}

		@Bean
		RequestUpgradeStrategy upgradeStrategy() {
			return new JettyRequestUpgradeStrategy();
		}

	}

}
