package io.presence.spring.autoconfigure;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

import io.presence.spring.actuate.PresenceEndpoint;
import io.presence.store.PresenceStore;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for {@link PresenceEndpoint}.
 */
@AutoConfiguration(after = PresenceAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean(EngineHolder.class)
@ConditionalOnAvailableEndpoint(PresenceEndpoint.class)
public final class PresenceEndpointAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	PresenceEndpoint presenceEndpoint(EngineHolder engine, PresenceStore store, PresenceProperties properties) {
		return new PresenceEndpoint(engine.engine(), store, properties.redis().commandTimeout().multipliedBy(2));
	}

}
