package io.presence.spring.websocket;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

import io.presence.PresenceService;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A container with few threads goes on answering requests when very many connections end,
 * or some stop reading. With as few threads, waiting for links one after the other takes
 * minutes.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "presence.store=memory", "presence.http.enabled=true", "presence.flush-interval=1ms",
				"presence.state-flush-interval=1ms", "presence.limits.max-frames-per-second=100000",
				"presence.websocket.send-timeout=10m", "presence.limits.max-state-bytes=16KB",
				"presence.access[0].pattern=**", "presence.access[0].allow=anyone", "server.tomcat.threads.max=2",
				"server.jetty.threads.max=12" })
abstract class AbstractMassDisconnectTests {

	private static final int CLIENTS = 500;

	private static final int DEAF_CLIENTS = 12;

	private static final byte[] NORMAL = { 0x03, (byte) 0xE8 };

	@LocalServerPort
	private int port;

	@Autowired
	private PresenceService presence;

	@Test
	void requestsAreAnsweredWhileAWholeRoomHangsUp() throws Exception {
		List<TestClient> clients = new ArrayList<>();
		for (int i = 0; i < CLIENTS; i++) {
			TestClient client = TestClient.connect(this.port, "/presence?user=u" + i);
			client.send("{'type':'subscribe','topic':'room:full'}");
			clients.add(client);
		}
		awaitCount("room:full", CLIENTS);
		for (int i = 0; i < CLIENTS; i++) {
			hangUp(clients.get(i), i);
		}
		assertThat(status("room:other")).isEqualTo(404);
		awaitCount("room:full", 0);
		assertThat(status("room:full")).isEqualTo(404);
	}

	@Test
	void requestsAreAnsweredWhileClientsWantAnswersAndReadNothing() throws Exception {
		List<RawClient> deaf = new ArrayList<>();
		try (TestClient talker = TestClient.connect(this.port, "/presence?user=talker")
			.welcomed()
			.joined("room:deaf")) {
			for (int i = 0; i < DEAF_CLIENTS; i++) {
				RawClient client = new RawClient(this.port, 4 * 1024, "/presence?user=deaf" + i);
				client.send("{'type':'subscribe','topic':'room:deaf'}");
				deaf.add(client);
			}
			awaitCount("room:deaf", DEAF_CLIENTS + 1);
			String big = "x".repeat(15_000);
			for (int i = 0; i < 400; i++) {
				talker.send("{'type':'presence-state','topic':'room:deaf','state':'" + i + big + "'}");
				talker.next("diff");
			}
			for (RawClient client : deaf) {
				client.sendFrame(true, RawClient.PING, new byte[0]);
				client.sendFrame(true, RawClient.CLOSE, NORMAL);
			}
			assertThat(status("room:deaf")).isEqualTo(200);
		}
		finally {
			for (RawClient client : deaf) {
				client.close();
			}
		}
		awaitCount("room:deaf", 0);
		Awaitility.await()
			.atMost(Duration.ofSeconds(60))
			.untilAsserted(() -> assertThat(threadsThatWrite()).as("threads that wait for who is gone").isZero());
	}

	private static void hangUp(TestClient client, int index) {
		switch (index % 8) {
			case 0 -> client.abort();
			case 1 -> client.close(1001);
			default -> client.close();
		}
	}

	private void awaitCount(String topic, int count) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(60))
			.untilAsserted(() -> assertThat(this.presence.count(topic)).isEqualTo(count));
	}

	private static long threadsThatWrite() {
		return Thread.getAllStackTraces()
			.values()
			.stream()
			.filter((stack) -> Stream.of(stack).anyMatch((frame) -> frame.getMethodName().equals("vectoredOperation")))
			.count();
	}

	private int status(String topic) throws Exception {
		URI uri = URI.create("http://localhost:" + this.port + "/presence/topics?user=asker&topic=" + topic);
		return HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20)).build(), BodyHandlers.discarding())
			.statusCode();
	}

}
