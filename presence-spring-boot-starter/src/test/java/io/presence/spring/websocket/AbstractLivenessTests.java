package io.presence.spring.websocket;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

import io.presence.LeaveReason;
import io.presence.PresenceEvent;
import io.presence.PresenceService;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Clients that stop answering, or stop reading, are given up with the reason
 * {@code timeout}, and hold up nobody.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "presence.store=memory", "presence.websocket.ping-interval=500ms",
				"presence.websocket.pong-timeout=4s", "presence.websocket.send-timeout=1s",
				"presence.limits.max-outbound-bytes=16KB", "presence.limits.max-state-bytes=16KB",
				"presence.access[0].pattern=**", "presence.access[0].allow=anyone" })
abstract class AbstractLivenessTests {

	@LocalServerPort
	private int port;

	@Autowired
	private PresenceService presence;

	@Autowired
	private NamedUsersApplication.Departures departures;

	private LiveObjects before;

	@BeforeEach
	void count() {
		this.before = LiveObjects.count();
	}

	@AfterEach
	void nothingIsKept() {
		this.before.awaitNoMore();
	}

	@Test
	void clientThatAnswersNoPingTimesOut() throws Exception {
		try (RawClient client = new RawClient(this.port, "/presence?user=silent")) {
			client.send("{'type':'subscribe','topic':'room:silent'}");
			assertThat(client.readClose()).isEqualTo(1001);
		}
		Awaitility.await().untilAsserted(() -> assertThat(this.departures.of("room:silent")).hasSize(1));
		assertThat(this.departures.of("room:silent").get(0).reason()).isEqualTo(LeaveReason.TIMEOUT);
	}

	@Test
	void clientThatAnswersPingsStays() throws Exception {
		try (TestClient client = TestClient.connect(this.port, "/presence?user=lively")
			.welcomed()
			.joined("room:lively"); RawClient silent = new RawClient(this.port, "/presence?user=other")) {
			assertThat(silent.readClose()).isEqualTo(1001);
			assertThat(this.presence.isPresent("room:lively", "lively")).isTrue();
			client.send("{'type':'ping'}");
			client.next("pong");
		}
	}

	@Test
	void readersThatStopTimeOutAndTheOthersGoOn() throws Exception {
		List<RawClient> stopped = new ArrayList<>();
		try (TestClient talker = TestClient.connect(this.port, "/presence?user=talker").welcomed().joined("room:stop");
				TestClient listener = TestClient.connect(this.port, "/presence?user=listener")
					.welcomed()
					.joined("room:stop")) {
			for (int i = 0; i < 10; i++) {
				RawClient client = new RawClient(this.port, 4 * 1024, "/presence?user=stopped" + i);
				client.send("{'type':'subscribe','topic':'room:stop'}");
				stopped.add(client);
			}
			Awaitility.await().untilAsserted(() -> assertThat(this.presence.count("room:stop")).isEqualTo(12));
			String big = "x".repeat(15_000);
			Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(60)).until(() -> {
				talker.send("{'type':'presence-state','topic':'room:stop','state':'" + big + System.nanoTime() + "'}");
				return this.departures.of("room:stop").size() >= 10;
			});
			assertThat(this.departures.of("room:stop")).extracting(PresenceEvent.Left::reason)
				.containsOnly(LeaveReason.TIMEOUT);
			assertThat(this.presence.list("room:stop")).extracting("key")
				.containsExactlyInAnyOrder("talker", "listener");
			listener.send("{'type':'ping'}");
			listener.next("pong");
		}
		finally {
			for (RawClient client : stopped) {
				client.close();
			}
		}
	}

}
