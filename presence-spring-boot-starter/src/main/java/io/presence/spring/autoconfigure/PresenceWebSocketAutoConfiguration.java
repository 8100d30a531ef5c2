package io.presence.spring.autoconfigure;

import jakarta.websocket.server.ServerContainer;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication.Type;
import org.springframework.boot.thread.Threading;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.socket.config.annotation.EnableWebSocket;
import org.springframework.web.socket.config.annotation.WebSocketConfigurationSupport;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;

import io.presence.PresenceUserResolver;
import io.presence.spring.websocket.PresenceEndpointConfigurer;
import io.presence.spring.websocket.WebSocketPresence;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for presence on WebSocket sessions of a servlet container.
 */
@AutoConfiguration(after = PresenceAutoConfiguration.class)
@ConditionalOnWebApplication(type = Type.SERVLET)
@ConditionalOnClass({ WebSocketConfigurer.class, DispatcherServlet.class, ServerContainer.class })
@ConditionalOnBean(EngineHolder.class)
public final class PresenceWebSocketAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	WebSocketPresence webSocketPresence(EngineHolder engine, PresenceUserResolver resolver, PresenceThreads threads,
			PresenceProperties properties, GoodbyeLifecycle lifecycle, Environment environment) {
		boolean virtualThreads = Threading.VIRTUAL.isActive(environment);
		return new WebSocketPresence(engine.engine(), resolver, threads.waitingExecutor(),
				new SettingsFactory(properties).websocket(virtualThreads), lifecycle::isStopping);
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBooleanProperty(name = "presence.websocket.enabled", matchIfMissing = true)
	static class Endpoint {

		@Bean
		@ConditionalOnMissingBean
		PresenceEndpointConfigurer presenceEndpointConfigurer(WebSocketPresence presence,
				PresenceProperties properties) {
			PresenceProperties.WebSocket websocket = properties.websocket();
			return new PresenceEndpointConfigurer(presence, websocket.path(), websocket.allowedOrigins(),
					websocket.allowedOriginPatterns());
		}

		@Configuration(proxyBeanMethods = false)
		@ConditionalOnMissingBean(WebSocketConfigurationSupport.class)
		@EnableWebSocket
		static class WithoutWebSockets {

		}

	}

}
