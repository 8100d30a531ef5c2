package io.presence.spring.autoconfigure;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import io.presence.engine.PresenceMetrics;
import io.presence.spring.actuate.MicrometerPresenceMetrics;
import io.presence.spring.actuate.PresenceEndpoint;
import io.presence.spring.actuate.PresenceGauges;
import io.presence.spring.actuate.PresenceHealthIndicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * Tests for the auto-configurations of health, endpoint and metrics.
 */
class PresenceActuatorAutoConfigurationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(PresenceSecurityAutoConfiguration.class,
				PresenceMetricsAutoConfiguration.class, PresenceAutoConfiguration.class,
				PresenceHealthAutoConfiguration.class, PresenceEndpointAutoConfiguration.class));

	@Test
	void offersHealth() {
		this.runner.run((context) -> assertThat(context.getBean(PresenceHealthIndicator.class).health().getDetails())
			.containsEntry("store", "memory"));
	}

	@Test
	void healthCanBeTurnedOff() {
		this.runner.withPropertyValues("management.health.presence.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(PresenceHealthIndicator.class));
	}

	@Test
	void endpointIsThereOnlyWhereItIsExposed() {
		this.runner.run((context) -> assertThat(context).doesNotHaveBean(PresenceEndpoint.class));
		this.runner.withPropertyValues("management.endpoints.web.exposure.include=presence")
			.run((context) -> assertThat(context).hasSingleBean(PresenceEndpoint.class));
	}

	@Test
	void countsWhereThereIsARegistry() {
		this.runner.run((context) -> assertThat(context).doesNotHaveBean(PresenceMetrics.class));
		this.runner.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
			.run((context) -> assertThat(context).hasSingleBean(MicrometerPresenceMetrics.class)
				.hasSingleBean(PresenceGauges.class));
	}

	@Test
	void metricsCanBeReplaced() {
		PresenceMetrics metrics = mock();
		this.runner.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
			.withBean(PresenceMetrics.class, () -> metrics)
			.run((context) -> assertThat(context).getBean(PresenceMetrics.class).isSameAs(metrics));
	}

}
