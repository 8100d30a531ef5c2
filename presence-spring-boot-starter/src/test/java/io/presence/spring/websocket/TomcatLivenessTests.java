package io.presence.spring.websocket;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import io.presence.spring.support.TomcatServer;

/**
 * Silent and stopped clients in Tomcat.
 */
class TomcatLivenessTests extends AbstractLivenessTests {

	@Configuration(proxyBeanMethods = false)
	@Import(TomcatServer.class)
	static class TomcatApplication extends NamedUsersApplication {

	}

}
