package io.presence.spring.autoconfigure;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication.Type;
import org.springframework.context.annotation.Bean;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;

import io.presence.PresenceUserResolver;
import io.presence.spring.http.TopicSnapshotHandler;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for the snapshot of a topic over HTTP, which is off unless
 * {@code presence.http.enabled} is set.
 */
@AutoConfiguration(after = PresenceAutoConfiguration.class)
@ConditionalOnWebApplication(type = Type.SERVLET)
@ConditionalOnClass({ DispatcherServlet.class, RouterFunction.class })
@ConditionalOnBean(EngineHolder.class)
@ConditionalOnBooleanProperty("presence.http.enabled")
public final class PresenceHttpAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = "presenceTopicSnapshots")
	RouterFunction<ServerResponse> presenceTopicSnapshots(EngineHolder engine, PresenceUserResolver resolver,
			PresenceProperties properties) {
		TopicSnapshotHandler handler = new TopicSnapshotHandler(engine.engine(), engine.engine()::isAllowed, resolver);
		String path = properties.websocket().path();
		return RouterFunctions.route()
			.GET((path.endsWith("/") ? path : path + "/") + "topics", handler::answer)
			.build();
	}

}
