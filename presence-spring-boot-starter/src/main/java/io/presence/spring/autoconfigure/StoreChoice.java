package io.presence.spring.autoconfigure;

import java.util.Arrays;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.util.ClassUtils;

import io.presence.spring.autoconfigure.PresenceConfigurationException.Problem;
import io.presence.spring.autoconfigure.PresenceProperties.StoreType;

/**
 * Says which store was chosen, why, and what would change it.
 */
final class StoreChoice {

	private static final Logger logger = LoggerFactory.getLogger(StoreChoice.class);

	private static final String CONNECTION_FACTORY = "org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory";

	private StoreChoice() {
	}

	/**
	 * Says that the memory is the store, as no other was configured.
	 * @throws PresenceConfigurationException if it may not be
	 */
	static void confirmMemory(StoreType type, ListableBeanFactory beanFactory) {
		List<String> factories = connectionFactories(beanFactory);
		switch (type) {
			case MEMORY -> logger.info("Presence is kept in the memory of this instance, because presence.store=memory."
					+ " To share it between instances, set presence.store=redis.");
			case AUTO ->
				logger.info("Presence is kept in the memory of this instance, because presence.store=auto found {}. {}",
						found(factories), remedy(factories));
			case REDIS -> throw new PresenceConfigurationException(List.of(new Problem(
					"presence.store=redis needs a Lettuce connection factory, but found " + found(factories) + ".",
					remedy(factories) + " Or set presence.store=memory if there is only one instance.")));
		}
	}

	/**
	 * Says that Redis is the store.
	 */
	static void confirmRedis(StoreType type) {
		logger.info(
				"Presence is shared between instances in Redis, because presence.store={} found a Lettuce"
						+ " connection factory. To keep it in the memory of this instance, set presence.store=memory.",
				(type == StoreType.REDIS) ? "redis" : "auto");
	}

	private static List<String> connectionFactories(ListableBeanFactory beanFactory) {
		ClassLoader classLoader = StoreChoice.class.getClassLoader();
		if (!ClassUtils.isPresent(CONNECTION_FACTORY, classLoader)) {
			return List.of();
		}
		Class<?> type = ClassUtils.resolveClassName(CONNECTION_FACTORY, classLoader);
		return Arrays.asList(BeanFactoryUtils.beanNamesForTypeIncludingAncestors(beanFactory, type, true, false));
	}

	private static String found(List<String> factories) {
		return factories.isEmpty() ? "none" : factories.size() + " without a primary one: " + factories;
	}

	private static String remedy(List<String> factories) {
		return factories.isEmpty()
				? "To share it between instances, add org.springframework.boot:spring-boot-starter-data-redis, with"
						+ " Lettuce, and set spring.data.redis.*."
				: "To share it between instances, mark one of them @Primary.";
	}

}
