package io.presence.spring.websocket;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import io.presence.spring.support.TomcatServer;

/**
 * The endpoint in Tomcat.
 */
class TomcatEndpointTests extends AbstractEndpointTests {

	@Configuration(proxyBeanMethods = false)
	@Import(TomcatServer.class)
	static class TomcatApplication extends Application {

	}

}
