package io.presence.spring.autoconfigure;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

import io.presence.spring.actuate.PresenceHealthIndicator;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for {@link PresenceHealthIndicator}.
 */
@AutoConfiguration(after = PresenceAutoConfiguration.class)
@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBean(EngineHolder.class)
@ConditionalOnEnabledHealthIndicator("presence")
public final class PresenceHealthAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = { "presenceHealthIndicator", "presenceHealthContributor" })
	PresenceHealthIndicator presenceHealthIndicator(EngineHolder engine) {
		return new PresenceHealthIndicator(engine.engine()::storeHealth);
	}

}
