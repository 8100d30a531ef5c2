package io.presence.spring.autoconfigure;

import java.util.Map;

import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.authentication.event.LogoutSuccessEvent;

import io.presence.engine.ClientSession;
import io.presence.engine.ConnectionDetails;
import io.presence.engine.RecordingTransport;
import io.presence.spring.security.HttpSessionEnds;
import io.presence.spring.websocket.WebSocketPresence;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PresenceHttpSessionAutoConfiguration},
 * {@link PresenceLogoutAutoConfiguration} and {@link PresenceHttpAutoConfiguration}.
 */
class PresenceLoginAutoConfigurationTests {

	private final WebApplicationContextRunner runner = new WebApplicationContextRunner()
		.withConfiguration(
				AutoConfigurations.of(PresenceSecurityAutoConfiguration.class, PresenceAutoConfiguration.class,
						PresenceWebSocketAutoConfiguration.class, PresenceHttpSessionAutoConfiguration.class,
						PresenceLogoutAutoConfiguration.class, PresenceHttpAutoConfiguration.class))
		.withPropertyValues("presence.store=memory");

	@Test
	void aLogoutEndsTheLoginOfItsConnections() {
		this.runner.run((context) -> {
			TestingAuthenticationToken ann = new TestingAuthenticationToken("ann", "");
			ClientSession client = context.getBean(EngineHolder.class)
				.engine()
				.open(new RecordingTransport(), new ConnectionDetails(Map.of("id", "ann"), ann, null));
			context.getBean(WebSocketPresence.class).logins().opened(client, null);
			context.publishEvent(new LogoutSuccessEvent(ann));
			assertThat(client.connection().principal()).isNull();
			assertThat(context).hasSingleBean(HttpSessionEnds.class);
		});
	}

	@Test
	void needsNoSpringSecurity() {
		this.runner.withClassLoader(new FilteredClassLoader("org.springframework.security"))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(HttpSessionEnds.class)
				.doesNotHaveBean("presenceLogoutListener"));
	}

	@Test
	void theSnapshotOverHttpIsOffUnlessSwitchedOn() {
		this.runner.run((context) -> assertThat(context).doesNotHaveBean("presenceTopicSnapshots"));
		this.runner.withPropertyValues("presence.http.enabled=true")
			.run((context) -> assertThat(context).hasBean("presenceTopicSnapshots"));
	}

}
