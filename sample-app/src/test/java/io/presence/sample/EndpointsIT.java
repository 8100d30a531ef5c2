package io.presence.sample;

import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionException;

import io.presence.sample.support.AppProcess;
import io.presence.sample.support.PresenceSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the packaged application answers, on one instance in memory.
 */
class EndpointsIT {

	private static final Duration SOON = Duration.ofSeconds(10);

	private static AppProcess app;

	@BeforeAll
	static void start() {
		app = AppProcess.start();
	}

	@AfterAll
	static void stop() {
		app.close();
	}

	private static JsonNode json(String path) {
		return JsonMapper.shared().readTree(app.get(path, SOON).body());
	}

	@Test
	void aRoomTellsWhoIsThere() {
		try (PresenceSocket ada = PresenceSocket.join(app.port(), "room:1", "ada&name=Ada");
				PresenceSocket ben = PresenceSocket.join(app.port(), "room:1", "ben")) {
			JsonNode room = json("/api/rooms/room:1");
			assertThat(room.path("room").asString()).isEqualTo("room:1");
			assertThat(room.path("online").asInt()).isEqualTo(2);
			assertThat(room.path("users")).extracting(JsonNode::toString)
				.containsExactlyInAnyOrder("{\"id\":\"ada\",\"name\":\"Ada\"}", "{\"id\":\"ben\",\"name\":\"ben\"}");
			assertThat(ben.keys()).containsExactly("ada", "ben");
			Awaitility.await().untilAsserted(() -> assertThat(ada.edges()).containsExactly("join ben"));
		}
		Awaitility.await().untilAsserted(() -> assertThat(json("/api/rooms/room:1").path("online").asInt()).isZero());
	}

	@Test
	void healthAndProbesAreUp() {
		for (String path : new String[] { "", "/liveness", "/readiness" }) {
			assertThat(json("/actuator/health" + path).path("status").asString()).isEqualTo("UP");
		}
		assertThat(json("/actuator/health").at("/components/presence/details/store").asString()).isEqualTo("memory");
		assertThat(json("/actuator/health").at("/components/redis").isMissingNode()).isTrue();
	}

	@Test
	void metricsAndTopicsAreExposed() {
		try (PresenceSocket ada = PresenceSocket.join(app.port(), "room:metrics", "ada")) {
			assertThat(ada.isOpen()).isTrue();
			assertThat(app.get("/actuator/prometheus", SOON).body()).containsPattern("presence_connections [1-9]");
			assertThat(json("/actuator/presence").at("/topics/counts/room:metrics").asInt()).isEqualTo(1);
		}
		assertThat(app.get("/actuator/env", SOON).statusCode()).isEqualTo(404);
	}

	@Test
	void theClientIsServed() {
		for (String file : new String[] { "presence.js", "helpers.js" }) {
			assertThat(app.get("/presence/" + file, SOON).headers().firstValue("Content-Type")).get()
				.asString()
				.contains("javascript");
		}
	}

	@Test
	void otherOriginsAreRefused() {
		String own = app.uri("").toString();
		assertThat(handshake(Map.of())).isEqualTo(101);
		assertThat(handshake(Map.of("Origin", own))).isEqualTo(101);
		assertThat(handshake(Map.of("Origin", "https://evil.example"))).isEqualTo(403);
		assertThat(handshake(Map.of("Origin", "null"))).isEqualTo(403);
	}

	@Test
	void behindABalancerTheOriginIsTheOneThatTheBrowserUsed() {
		Map<String, String> forwarded = Map.of("Origin", "https://rooms.example", "X-Forwarded-Proto", "https",
				"X-Forwarded-Host", "rooms.example");
		assertThat(handshake(forwarded)).isEqualTo(101);
		assertThat(handshake(Map.of("Origin", "https://evil.example", "X-Forwarded-Proto", "https", "X-Forwarded-Host",
				"rooms.example")))
			.isEqualTo(403);
	}

	private static int handshake(Map<String, String> headers) {
		WebSocket.Builder builder = HttpClient.newHttpClient().newWebSocketBuilder();
		headers.forEach(builder::header);
		try {
			builder.buildAsync(URI.create(app.uri("/presence").toString().replace("http:", "ws:")),
					new WebSocket.Listener() {
					})
				.join()
				.abort();
			return 101;
		}
		catch (CompletionException ex) {
			return ((WebSocketHandshakeException) ex.getCause()).getResponse().statusCode();
		}
	}

	@Test
	void endsInOrder() {
		try (AppProcess own = AppProcess.start();
				PresenceSocket ada = PresenceSocket.join(own.port(), "room:1", "ada")) {
			own.stop();
			assertThat(ada.closed()).succeedsWithin(SOON).isEqualTo(1012);
			assertThatExceptionOfType(Exception.class).isThrownBy(() -> own.get("/", SOON))
				.withCauseInstanceOf(ConnectException.class);
		}
	}

}
