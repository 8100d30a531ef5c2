package io.presence.spring.websocket;

import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.servlet.ServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Silent and stopped clients in Tomcat.
 */
class TomcatLivenessTests extends AbstractLivenessTests {

	@Configuration(proxyBeanMethods = false)
	static class TomcatApplication extends NamedUsersApplication {

		@Bean
		ServletWebServerFactory webServerFactory() {
			return new TomcatServletWebServerFactory();
		}

	}

}
