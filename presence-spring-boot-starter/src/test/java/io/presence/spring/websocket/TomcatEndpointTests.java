package io.presence.spring.websocket;

import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.servlet.ServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The endpoint in Tomcat.
 */
class TomcatEndpointTests extends AbstractEndpointTests {

	@Configuration(proxyBeanMethods = false)
	static class TomcatApplication extends Application {

		@Bean
		ServletWebServerFactory webServerFactory() {
			return new TomcatServletWebServerFactory();
		}

	}

}
