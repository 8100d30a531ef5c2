package io.presence.spring.autoconfigure;

import jakarta.servlet.http.HttpSessionListener;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication.Type;
import org.springframework.context.annotation.Bean;

import io.presence.spring.security.HttpSessionEnds;
import io.presence.spring.websocket.WebSocketPresence;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} that asks for authority again when an HTTP session ends. Spring
 * Session tells its listeners too.
 */
@AutoConfiguration(after = PresenceWebSocketAutoConfiguration.class)
@ConditionalOnWebApplication(type = Type.SERVLET)
@ConditionalOnClass(HttpSessionListener.class)
@ConditionalOnBean(WebSocketPresence.class)
public final class PresenceHttpSessionAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	HttpSessionEnds presenceHttpSessionEnds(WebSocketPresence presence) {
		return new HttpSessionEnds(presence.logins());
	}

}
