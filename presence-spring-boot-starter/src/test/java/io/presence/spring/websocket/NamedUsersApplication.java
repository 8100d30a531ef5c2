package io.presence.spring.websocket;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

import io.presence.PresenceEvent;
import io.presence.PresenceUserResolver;

/**
 * An application whose users are who their address says, and which remembers who left.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class NamedUsersApplication {

	@Bean
	PresenceUserResolver users() {
		return (handshake) -> Map.of("id", String.valueOf(handshake.parameter("user")));
	}

	@Bean
	Departures departures() {
		return new Departures();
	}

	/**
	 * Those who left, in order.
	 */
	static class Departures {

		private final List<PresenceEvent.Left> all = new CopyOnWriteArrayList<>();

		@EventListener
		void left(PresenceEvent.Left event) {
			this.all.add(event);
		}

		List<PresenceEvent.Left> of(String topic) {
			return this.all.stream().filter((left) -> left.topic().equals(topic)).toList();
		}

	}

}
