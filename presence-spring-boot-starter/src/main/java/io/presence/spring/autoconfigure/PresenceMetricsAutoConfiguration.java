package io.presence.spring.autoconfigure;

import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

import io.presence.engine.PresenceMetrics;
import io.presence.spring.actuate.MicrometerPresenceMetrics;
import io.presence.spring.actuate.PresenceGauges;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for the metrics of presence.
 */
@AutoConfiguration(before = PresenceAutoConfiguration.class,
		afterName = { "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
				"org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration" })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(MeterRegistry.class)
@ConditionalOnBooleanProperty(name = "presence.enabled", matchIfMissing = true)
public final class PresenceMetricsAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	PresenceMetrics presenceMetrics(MeterRegistry registry) {
		return new MicrometerPresenceMetrics(registry);
	}

	@Bean
	@ConditionalOnMissingBean
	PresenceGauges presenceGauges(EngineHolder engine) {
		return new PresenceGauges(engine.engine());
	}

}
