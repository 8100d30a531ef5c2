package io.presence.spring.autoconfigure;

import io.lettuce.core.RedisClient;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.autoconfigure.condition.NoneNestedConditions;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import io.presence.redis.RedisPresenceStore;
import io.presence.redis.RedisStoreSettings;
import io.presence.store.PresenceStore;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for the store in Redis, if there is exactly one, or one primary,
 * Lettuce connection factory.
 */
@AutoConfiguration(before = PresenceAutoConfiguration.class,
		afterName = "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration")
@ConditionalOnBooleanProperty(name = "presence.enabled", matchIfMissing = true)
@ConditionalOnClass({ LettuceConnectionFactory.class, RedisClient.class })
@ConditionalOnSingleCandidate(LettuceConnectionFactory.class)
@Conditional(PresenceRedisAutoConfiguration.NotInMemory.class)
public final class PresenceRedisAutoConfiguration {

	@Bean(destroyMethod = "")
	@ConditionalOnMissingBean
	PresenceStore presenceStore(LettuceConnectionFactory factory, PresenceProperties properties,
			PresenceThreads threads) {
		StoreChoice.confirmRedis(properties.store());
		return RedisPresenceStore.create(factory, settings(properties), threads.scheduler(), threads.executor());
	}

	private static RedisStoreSettings settings(PresenceProperties properties) {
		PresenceProperties.Redis redis = properties.redis();
		return new RedisStoreSettings(redis.keyPrefix(), redis.lease(), redis.leaseRenewal(), redis.commandTimeout(),
				properties.ttl(), properties.grace(), properties.limits().maxMembersPerTopic());
	}

	/**
	 * Matches unless the memory is asked for.
	 */
	static class NotInMemory extends NoneNestedConditions {

		NotInMemory() {
			super(ConfigurationPhase.PARSE_CONFIGURATION);
		}

		@ConditionalOnProperty(name = "presence.store", havingValue = "memory")
		static class InMemory {

		}

	}

}
