package io.presence.spring.websocket;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import io.presence.spring.support.TomcatServer;

/**
 * A room that hangs up at once in Tomcat.
 */
class TomcatMassDisconnectTests extends AbstractMassDisconnectTests {

	@Configuration(proxyBeanMethods = false)
	@Import(TomcatServer.class)
	static class TomcatApplication extends NamedUsersApplication {

	}

}
