package io.presence.spring.support;

import org.springframework.boot.web.servlet.DelegatingFilterProxyRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;

/**
 * Lets Spring Security see the requests to a test application.
 */
@Configuration(proxyBeanMethods = false)
@EnableWebSecurity
public class SecuredRequests {

	@Bean
	DelegatingFilterProxyRegistrationBean securityFilter() {
		return new DelegatingFilterProxyRegistrationBean("springSecurityFilterChain");
	}

}
