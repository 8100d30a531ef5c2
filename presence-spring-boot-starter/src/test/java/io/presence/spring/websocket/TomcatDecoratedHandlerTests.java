package io.presence.spring.websocket;

import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.servlet.ServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.socket.server.RequestUpgradeStrategy;
import org.springframework.web.socket.server.standard.StandardWebSocketUpgradeStrategy;

/**
 * A decorated handler in Tomcat, with the sessions that Spring makes there.
 */
class TomcatDecoratedHandlerTests extends AbstractDecoratedHandlerTests {

	@Configuration(proxyBeanMethods = false)
	static class TomcatApplication extends Application {

		@Bean
		ServletWebServerFactory webServerFactory() {
			return new TomcatServletWebServerFactory();
		}

		@Bean
		RequestUpgradeStrategy upgradeStrategy() {
			return new StandardWebSocketUpgradeStrategy();
		}

	}

}
