package io.presence.spring.autoconfigure;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication.Type;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} that tells why a WebFlux application has no endpoint.
 */
@AutoConfiguration
@ConditionalOnWebApplication(type = Type.REACTIVE)
@ConditionalOnBooleanProperty(name = { "presence.enabled", "presence.websocket.enabled" }, matchIfMissing = true)
public final class PresenceWebFluxAutoConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(PresenceWebFluxAutoConfiguration.class);

	PresenceWebFluxAutoConfiguration() {
		logger.warn("Presence has no WebSocket endpoint here, because this is a WebFlux application: PresenceService"
				+ " works, but browsers cannot connect. Set spring.main.web-application-type=servlet, or"
				+ " presence.websocket.enabled=false if no endpoint is meant.");
	}

}
