package io.presence.spring.autoconfigure;

import java.util.Map;
import java.util.TreeMap;

import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.web.context.ConfigurableWebApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The starter adds beans to an application and takes none away.
 */
class ApplicationBeansTests {

	@Test
	void anApplicationKeepsTheBeansThatItHasWithoutTheStarter() {
		Map<String, String> without = beans("presence.enabled=false");
		Map<String, String> with = beans("presence.enabled=true");
		assertThat(with).containsAllEntriesOf(without);
		with.keySet().removeAll(without.keySet());
		assertThat(with).isNotEmpty()
			.allSatisfy((name, type) -> assertThat(name + " " + type)
				.matches("(presence|io\\.presence|webSocketPresence|.*\\$WithoutWebSockets).* .*"
						+ "|.*DelegatingWebSocketConfiguration .*|webSocketHandlerMapping .*"
						+ "|defaultSockJsSchedulerContainer .*"));
	}

	private static Map<String, String> beans(String property) {
		Map<String, String> beans = new TreeMap<>();
		new WebApplicationContextRunner().withUserConfiguration(Application.class)
			.withPropertyValues(property, "management.endpoints.web.exposure.include=*")
			.run((context) -> {
				ConfigurableWebApplicationContext source = context
					.getSourceApplicationContext(ConfigurableWebApplicationContext.class);
				for (String name : source.getBeanDefinitionNames()) {
					Class<?> type = source.getType(name);
					beans.put(name, (type != null) ? ClassUtils.getUserClass(type).getName() : "");
				}
			});
		assertThat(beans).containsKeys("applicationTaskExecutor", "redisConnectionFactory", "jacksonJsonMapper");
		return beans;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
