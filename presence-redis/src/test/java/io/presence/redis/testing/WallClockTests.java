package io.presence.redis.testing;

import java.time.Duration;
import java.time.Instant;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

@WallClockTest
class WallClockTests {

	@ParameterizedTest
	@ValueSource(strings = { "PT10M", "PT-10M", "PT0.7S", "PT-0.7S" })
	void theClockOfAServerJumpsWhileItRuns(Duration ahead) {
		try (RedisServer server = RedisServer.launchWithClock()) {
			server.setClock(ahead);
			Instant before = Instant.now();
			Instant shown = server.clock();
			Instant after = Instant.now();
			assertThat(shown).isBetween(before.plus(ahead), after.plus(ahead));
			server.setClock(Duration.ZERO);
			before = Instant.now();
			assertThat(server.clock()).isBetween(before, Instant.now());
		}
	}

}
