package io.presence.spring.websocket;

import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.web.server.servlet.ServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The endpoint in Jetty.
 */
class JettyEndpointTests extends AbstractEndpointTests {

	@Configuration(proxyBeanMethods = false)
	static class JettyApplication extends Application {

		@Bean
		ServletWebServerFactory webServerFactory() {
			return new JettyServletWebServerFactory();
		}

	}

}
