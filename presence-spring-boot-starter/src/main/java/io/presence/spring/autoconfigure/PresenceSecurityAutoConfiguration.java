package io.presence.spring.autoconfigure;

import java.util.ArrayList;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.core.Authentication;

import io.presence.PresenceAuthorizer;
import io.presence.spring.autoconfigure.PresenceConfigurationException.Problem;
import io.presence.spring.autoconfigure.PresenceProperties.Access;
import io.presence.spring.security.AccessRule;
import io.presence.spring.security.AccessRule.Allow;
import io.presence.spring.security.PrincipalInspector;
import io.presence.spring.security.RulesAuthorizer;
import io.presence.spring.security.SpringSecurityPrincipalInspector;
import io.presence.spring.security.TopicPattern;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for the {@link PresenceAuthorizer} that decides by the rules of
 * {@code presence.access}.
 */
@AutoConfiguration(before = PresenceAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "presence.enabled", matchIfMissing = true)
@EnableConfigurationProperties(PresenceProperties.class)
public final class PresenceSecurityAutoConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(PresenceSecurityAutoConfiguration.class);

	@Bean
	@ConditionalOnMissingBean
	PresenceAuthorizer presenceAuthorizer(PresenceProperties properties, PrincipalInspector principals) {
		List<Access> access = properties.access();
		if (!access.isEmpty()) {
			if (principals == PrincipalInspector.PLAIN) {
				refuseRoles(access);
			}
			return new RulesAuthorizer(access.stream().map(PresenceSecurityAutoConfiguration::rule).toList(),
					principals);
		}
		if (principals == PrincipalInspector.PLAIN) {
			logger.warn("Everyone may join and observe every topic of presence, because there is no rule in"
					+ " presence.access and no Spring Security. Set presence.access[0].pattern=** and"
					+ " presence.access[0].allow=anyone if that is meant.");
			return new RulesAuthorizer(List.of(AccessRule.everywhere(Allow.ANYONE)), principals);
		}
		logger.info("Only users who are logged in may join and observe topics of presence, because there is Spring"
				+ " Security and no rule in presence.access.");
		return new RulesAuthorizer(List.of(AccessRule.everywhere(Allow.AUTHENTICATED)), principals);
	}

	private static AccessRule rule(Access access) {
		return new AccessRule(TopicPattern.of(access.pattern()), access.actions(), access.allow(), access.roles());
	}

	private static void refuseRoles(List<Access> access) {
		List<Problem> problems = new ArrayList<>();
		for (int i = 0; i < access.size(); i++) {
			if (!access.get(i).roles().isEmpty()) {
				String name = "presence.access[" + i + "].roles";
				problems.add(new Problem(
						name + "=" + access.get(i).roles() + " cannot be checked, because there is no Spring Security.",
						"Remove " + name + ", or add org.springframework.boot:spring-boot-starter-security, or decide"
								+ " in a PresenceAuthorizer bean."));
			}
		}
		if (!problems.isEmpty()) {
			throw new PresenceConfigurationException(problems);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(Authentication.class)
	static class WithSpringSecurity {

		@Bean
		@ConditionalOnMissingBean
		PrincipalInspector presencePrincipalInspector() {
			return new SpringSecurityPrincipalInspector();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingClass("org.springframework.security.core.Authentication")
	static class WithoutSpringSecurity {

		@Bean
		@ConditionalOnMissingBean
		PrincipalInspector presencePrincipalInspector() {
			return PrincipalInspector.PLAIN;
		}

	}

}
