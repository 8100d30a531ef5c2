package io.presence.spring.websocket;

import java.util.Collection;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.util.StringUtils;
import org.springframework.web.socket.config.annotation.DelegatingWebSocketConfiguration;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;
import org.springframework.web.socket.config.annotation.WebSocketHandlerRegistration;
import org.springframework.web.socket.config.annotation.WebSocketHandlerRegistry;

/**
 * Registers the endpoint, with Spring's check of the origin.
 */
public final class PresenceEndpointConfigurer
		implements WebSocketConfigurer, BeanFactoryAware, SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(PresenceEndpointConfigurer.class);

	private final WebSocketPresence presence;

	private final String path;

	private final Collection<String> allowedOrigins;

	private final Collection<String> allowedOriginPatterns;

	private @Nullable ListableBeanFactory beanFactory;

	private volatile boolean registered;

	/**
	 * Creates a configurer.
	 * @param presence what the endpoint is made of
	 * @param path the path of the endpoint
	 * @param allowedOrigins origins that are allowed besides the same origin
	 * @param allowedOriginPatterns patterns of origins that are allowed besides
	 */
	public PresenceEndpointConfigurer(WebSocketPresence presence, String path, Collection<String> allowedOrigins,
			Collection<String> allowedOriginPatterns) {
		this.presence = presence;
		this.path = path;
		this.allowedOrigins = allowedOrigins;
		this.allowedOriginPatterns = allowedOriginPatterns;
	}

	@Override
	public void setBeanFactory(BeanFactory beanFactory) {
		this.beanFactory = (beanFactory instanceof ListableBeanFactory listable) ? listable : null;
	}

	@Override
	public void registerWebSocketHandlers(WebSocketHandlerRegistry registry) {
		this.registered = true;
		WebSocketHandlerRegistration registration = registry.addHandler(this.presence.endpointHandler(), this.path)
			.setHandshakeHandler(this.presence.endpointHandshakeHandler());
		if (!this.allowedOrigins.isEmpty()) {
			registration.setAllowedOrigins(StringUtils.toStringArray(this.allowedOrigins));
		}
		if (!this.allowedOriginPatterns.isEmpty()) {
			registration.setAllowedOriginPatterns(StringUtils.toStringArray(this.allowedOriginPatterns));
		}
	}

	@Override
	public void afterSingletonsInstantiated() {
		if (!this.registered && !isToBeRegistered()) {
			logger
				.warn("Presence has no endpoint at {}, because the application's WebSocketConfigurationSupport takes no"
						+ " WebSocketConfigurer beans. Let it extend DelegatingWebSocketConfiguration, or use"
						+ " @EnableWebSocket instead.", this.path);
		}
	}

	/**
	 * Tells whether the endpoint will be registered when the handlers are asked for,
	 * which a lazily initialized application does late.
	 */
	private boolean isToBeRegistered() {
		return this.beanFactory != null
				&& this.beanFactory.getBeanNamesForType(DelegatingWebSocketConfiguration.class, true, false).length > 0;
	}

}
