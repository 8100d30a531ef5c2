package io.presence.spring.autoconfigure;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

import io.presence.store.InMemoryPresenceStore;
import io.presence.store.PresenceStore;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for {@code @WebMvcTest}: presence in memory, whatever
 * {@code presence.store} says, as such tests have no Redis.
 */
@AutoConfiguration(before = PresenceAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "presence.enabled", matchIfMissing = true)
public final class PresenceWebMvcTestAutoConfiguration {

	@Bean(destroyMethod = "")
	@ConditionalOnMissingBean
	PresenceStore presenceStore(PresenceThreads threads, PresenceProperties properties) {
		return new InMemoryPresenceStore(threads.executor(), properties.limits().maxMembersPerTopic());
	}

}
