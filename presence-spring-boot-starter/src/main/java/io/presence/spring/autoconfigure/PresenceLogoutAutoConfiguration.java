package io.presence.spring.autoconfigure;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.security.authentication.event.LogoutSuccessEvent;

import io.presence.spring.websocket.WebSocketPresence;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} that asks for authority again when a user of Spring Security logs
 * out, also where no HTTP session ends with it.
 */
@AutoConfiguration(after = PresenceWebSocketAutoConfiguration.class)
@ConditionalOnClass(LogoutSuccessEvent.class)
@ConditionalOnBean(WebSocketPresence.class)
public final class PresenceLogoutAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = "presenceLogoutListener")
	ApplicationListener<LogoutSuccessEvent> presenceLogoutListener(WebSocketPresence presence) {
		return (event) -> presence.logins().loggedOut(event.getAuthentication());
	}

}
