package io.presence.spring.autoconfigure;

import java.util.Map;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import io.presence.LeaveReason;
import io.presence.PresenceEvent;
import io.presence.PresenceListener;
import io.presence.PresenceService;
import io.presence.engine.ClientSession;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application on virtual threads, which need a JDK of 21 or later.
 */
@Tag("jdk21")
class VirtualThreadsTests {

	@Test
	void presenceRunsOnThemAndKnowsWhoIsThere() {
		CompletableFuture<PresenceEvent.Left> left = new CompletableFuture<>();
		CompletableFuture<String> thread = new CompletableFuture<>();
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(PresenceSecurityAutoConfiguration.class, PresenceAutoConfiguration.class))
			.withPropertyValues("spring.threads.virtual.enabled=true")
			.withBean(PresenceListener.class, () -> (event) -> {
				thread.complete(Thread.currentThread().toString());
				if (event instanceof PresenceEvent.Left gone) {
					left.complete(gone);
				}
			})
			.run((context) -> {
				ClientSession session = PresenceAutoConfigurationTests.join(context, "room:1", Map.of("id", "a"));
				assertThat(context.getBean(PresenceService.class).count("room:1")).isEqualTo(1);
				session.closed();
				assertThat(left.join().reason()).isEqualTo(LeaveReason.DISCONNECT);
				assertThat(thread.join()).startsWith("VirtualThread");
				assertThat(context.getBean(PresenceService.class).count("room:1")).isZero();
			});
	}

}
