package io.presence.spring.support;

import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.servlet.ServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Lets a test application run in Tomcat, as Jetty is on the class path too.
 */
@Configuration(proxyBeanMethods = false)
public class TomcatServer {

	@Bean
	ServletWebServerFactory webServerFactory() {
		return new TomcatServletWebServerFactory();
	}

}
