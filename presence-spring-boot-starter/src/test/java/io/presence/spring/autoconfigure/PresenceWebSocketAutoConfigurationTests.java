package io.presence.spring.autoconfigure;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableWebApplicationContext;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.handler.AbstractUrlHandlerMapping;
import org.springframework.web.socket.config.annotation.EnableWebSocket;
import org.springframework.web.socket.config.annotation.WebSocketConfigurationSupport;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;
import org.springframework.web.socket.handler.TextWebSocketHandler;
import org.springframework.web.socket.server.standard.ServletServerContainerFactoryBean;

import io.presence.PresenceService;
import io.presence.spring.websocket.PresenceEndpointConfigurer;
import io.presence.spring.websocket.WebSocketPresence;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PresenceWebSocketAutoConfiguration} and
 * {@link PresenceWebFluxAutoConfiguration}.
 */
@ExtendWith(OutputCaptureExtension.class)
class PresenceWebSocketAutoConfigurationTests {

	private final WebApplicationContextRunner runner = new WebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(PresenceSecurityAutoConfiguration.class,
				PresenceAutoConfiguration.class, PresenceWebSocketAutoConfiguration.class));

	@Test
	void mapsTheEndpoint() {
		this.runner.run((context) -> {
			assertThat(context).hasSingleBean(WebSocketPresence.class);
			assertThat(paths(context)).containsExactly("/presence");
		});
	}

	@Test
	void mapsTheEndpointElsewhere() {
		this.runner.withPropertyValues("presence.websocket.path=/ws/here")
			.run((context) -> assertThat(paths(context)).containsExactly("/ws/here"));
	}

	@Test
	void handlersCanBeDecoratedWithoutTheEndpoint() {
		this.runner.withPropertyValues("presence.websocket.enabled=false")
			.run((context) -> assertThat(context).hasSingleBean(WebSocketPresence.class)
				.doesNotHaveBean(PresenceEndpointConfigurer.class)
				.doesNotHaveBean("webSocketHandlerMapping"));
	}

	@Test
	void offersNothingWhenDisabled() {
		this.runner.withPropertyValues("presence.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(WebSocketPresence.class)
				.doesNotHaveBean("webSocketHandlerMapping"));
	}

	@Test
	void sharesTheMappingWithHandlersOfTheApplication() {
		this.runner.withUserConfiguration(OwnHandlers.class)
			.run((context) -> assertThat(paths(context)).containsExactlyInAnyOrder("/own", "/presence"));
	}

	@Test
	void saysWhenTheApplicationTakesNoConfigurers(CapturedOutput output) {
		this.runner.withUserConfiguration(OwnSupport.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(output).contains("Presence has no endpoint at /presence")
				.contains("DelegatingWebSocketConfiguration");
		});
	}

	@Test
	void doesNotSayThatThereIsNoEndpointWhereItIsRegisteredLate(CapturedOutput output) {
		this.runner
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.run((context) -> {
				assertThat(output).doesNotContain("Presence has no endpoint");
				assertThat(paths(context)).containsExactly("/presence");
			});
	}

	@Test
	void needsNoServerContainer() {
		this.runner.run((context) -> assertThat(context).doesNotHaveBean(ServletServerContainerFactoryBean.class));
	}

	@Test
	void backsOffWithoutWebSockets() {
		new WebApplicationContextRunner()
			.withClassLoader(new FilteredClassLoader("org.springframework.web.socket", "jakarta.websocket"))
			.withUserConfiguration(Application.class)
			.run((context) -> assertThat(context).hasSingleBean(PresenceService.class)
				.doesNotHaveBean("webSocketPresence"));
	}

	@Test
	void saysWhyThereIsNoEndpointInAWebFluxApplication(CapturedOutput output) {
		new ReactiveWebApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(PresenceSecurityAutoConfiguration.class, PresenceAutoConfiguration.class,
							PresenceWebSocketAutoConfiguration.class, PresenceWebFluxAutoConfiguration.class))
			.run((context) -> {
				assertThat(context).hasSingleBean(PresenceService.class).doesNotHaveBean(WebSocketPresence.class);
				assertThat(output).contains("because this is a WebFlux application")
					.contains("spring.main.web-application-type=servlet");
			});
	}

	@Test
	void saysNothingInAWebFluxApplicationThatWantsNoEndpoint(CapturedOutput output) {
		new ReactiveWebApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(PresenceWebFluxAutoConfiguration.class))
			.withPropertyValues("presence.websocket.enabled=false")
			.run((context) -> assertThat(output).doesNotContain("WebFlux"));
	}

	private static Iterable<String> paths(AssertableWebApplicationContext context) {
		return context.getBean("webSocketHandlerMapping", AbstractUrlHandlerMapping.class).getHandlerMap().keySet();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableWebSocket
	static class OwnHandlers {

		@Bean
		WebSocketConfigurer own(WebSocketPresence presence) {
			return (registry) -> registry.addHandler(presence.decorate(new TextWebSocketHandler()), "/own");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnSupport extends WebSocketConfigurationSupport {

	}

}
