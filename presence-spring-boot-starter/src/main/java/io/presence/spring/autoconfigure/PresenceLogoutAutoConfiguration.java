package io.presence.spring.autoconfigure;

import java.util.Set;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.security.authentication.event.LogoutSuccessEvent;

import io.presence.PresenceService;
import io.presence.spring.websocket.WebSocketPresence;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} that ends the login of connections when a user of Spring Security
 * logs out, also where no HTTP session ends with it, and asks for authority again about
 * the user's other connections, on every instance.
 */
@AutoConfiguration(after = PresenceWebSocketAutoConfiguration.class)
@ConditionalOnClass(LogoutSuccessEvent.class)
@ConditionalOnBean(WebSocketPresence.class)
public final class PresenceLogoutAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = "presenceLogoutListener")
	ApplicationListener<LogoutSuccessEvent> presenceLogoutListener(WebSocketPresence presence,
			PresenceService service) {
		return (event) -> {
			Set<String> keys = presence.logins().loggedOut(event.getAuthentication());
			(keys.isEmpty() ? Set.of(event.getAuthentication().getName()) : keys).forEach(service::revalidate);
		};
	}

}
