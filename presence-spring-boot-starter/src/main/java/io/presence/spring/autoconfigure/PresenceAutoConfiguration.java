package io.presence.spring.autoconfigure;

import java.time.Duration;
import java.util.List;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.thread.Threading;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.core.env.Environment;

import io.presence.PresenceService;
import io.presence.PresenceUserResolver;
import io.presence.engine.PresenceEngine;
import io.presence.engine.PresenceMetrics;
import io.presence.engine.TopicRules;
import io.presence.spring.autoconfigure.PresenceConfigurationException.Problem;
import io.presence.store.InMemoryPresenceStore;
import io.presence.store.PresenceStore;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for {@link PresenceService}.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "presence.enabled", matchIfMissing = true)
@EnableConfigurationProperties(PresenceProperties.class)
@ImportRuntimeHints(PresenceRuntimeHints.class)
public final class PresenceAutoConfiguration {

	private static final Duration SPRING_PHASE_TIMEOUT = Duration.ofSeconds(30);

	@Bean
	@ConditionalOnMissingBean
	PresenceThreads presenceThreads(Environment environment) {
		return new PresenceThreads(Threading.VIRTUAL.isActive(environment));
	}

	@Bean(destroyMethod = "")
	@ConditionalOnMissingBean
	PresenceStore presenceStore(PresenceProperties properties, PresenceThreads threads,
			ListableBeanFactory beanFactory) {
		StoreChoice.confirmMemory(properties.store(), beanFactory);
		return new InMemoryPresenceStore(threads.executor(), properties.limits().maxMembersPerTopic());
	}

	@Bean
	@ConditionalOnMissingBean
	PresenceUserResolver presenceUserResolver() {
		return new PrincipalUserResolver();
	}

	@Bean
	@ConditionalOnMissingBean
	TopicRules presenceTopicRules(PresenceProperties properties) {
		return new ConfiguredTopicRules(properties.topics());
	}

	@Bean
	@ConditionalOnMissingBean
	EventPublishingListener presenceEventPublishingListener(ApplicationEventPublisher publisher) {
		return new EventPublishingListener(publisher);
	}

	@Bean
	@ConditionalOnMissingBean
	Collaborators presenceCollaborators(ListableBeanFactory beanFactory) {
		return new Collaborators(beanFactory);
	}

	@Bean
	@ConditionalOnMissingBean
	EngineHolder presenceEngine(PresenceProperties properties, PresenceStore store, TopicRules topicRules,
			Collaborators collaborators, ObjectProvider<PresenceMetrics> metrics, PresenceThreads threads) {
		SettingsFactory settings = new SettingsFactory(properties);
		try {
			return new EngineHolder(PresenceEngine.builder()
				.settings(settings.engine())
				.key(properties.key())
				.sensitiveNames(settings.sensitiveNames())
				.selector(collaborators.selector())
				.authorizer(collaborators.authorizer())
				.listeners(collaborators.listeners())
				.topicRules(topicRules)
				.metrics(metrics.getIfAvailable(() -> PresenceMetrics.NONE))
				.store(store)
				.scheduler(threads.scheduler())
				.executor(threads.executor())
				.listenerExecutor(threads.listenerExecutor())
				.build());
		}
		catch (IllegalArgumentException ex) {
			throw new PresenceConfigurationException(List.of(new Problem(
					"presence.key='" + properties.key() + "' or presence.select.* cannot be: " + ex.getMessage() + ".",
					"Set presence.key to a field that others may see, or change the sensitive words.")));
		}
	}

	@Bean(destroyMethod = "")
	@ConditionalOnMissingBean
	PresenceService presenceService(EngineHolder engine) {
		return engine.engine();
	}

	@Bean
	@ConditionalOnMissingBean
	GoodbyeLifecycle presenceGoodbyeLifecycle(EngineHolder engine, PresenceProperties properties,
			Environment environment) {
		Duration phaseTimeout = Binder.get(environment)
			.bind("spring.lifecycle.timeout-per-shutdown-phase", Duration.class)
			.orElse(SPRING_PHASE_TIMEOUT);
		return new GoodbyeLifecycle(engine.engine(), properties.shutdown().timeout(), phaseTimeout);
	}

	@Bean
	@ConditionalOnMissingBean
	HoldsLifecycle presenceHoldsLifecycle(EngineHolder engine, PresenceProperties properties) {
		return new HoldsLifecycle(engine.engine(), properties.shutdown().timeout());
	}

}
