package io.presence.spring.recipes;

import java.util.Map;

import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import io.presence.PresenceSelector;
import io.presence.PresenceUserResolver;
import io.presence.spring.support.TomcatServer;
import io.presence.spring.websocket.TestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A selector that names what others may see.
 */
class SelectorTests {

	@Test
	void othersSeeWhatIsNamedAndNothingElse() throws Exception {
		try (RunningApplication application = RunningApplication.alone(Application.class,
				"presence.access[0].pattern=**", "presence.access[0].allow=anyone");
				TestClient client = application.connect("/presence", Map.of())) {
			client.send("{'type':'subscribe','topic':'room'}");
			assertThat(client.next("state").path("data").toString())
				.isEqualTo("{\"7\":{\"id\":7,\"name\":\"Ann Example\"}}");
		}
	}

	record Account(long id, String displayName, String plan) {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(TomcatServer.class)
	static class Application {

		@Bean
		PresenceUserResolver users() {
			return (handshake) -> new Account(7, "Ann Example", "paying");
		}

		@Bean
		PresenceSelector selector() {
			return (user) -> (user instanceof Account account)
					? Map.of("id", account.id(), "name", account.displayName()) : Map.of();
		}

	}

}
