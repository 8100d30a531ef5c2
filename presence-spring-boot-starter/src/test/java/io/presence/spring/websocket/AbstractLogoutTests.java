package io.presence.spring.websocket;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

import io.presence.PresenceMember;
import io.presence.PresenceService;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What becomes of connections whose login ends, in whatever container the subclass has.
 */
@SpringBootTest(classes = SecuredApplication.class, webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "presence.store=memory", "presence.access[0].pattern=open:**", "presence.access[0].allow=anyone",
				"presence.access[1].pattern=**" })
abstract class AbstractLogoutTests {

	private static final AtomicInteger rooms = new AtomicInteger();

	private static final HttpClient http = HttpClient.newHttpClient();

	private final String room = "private:" + rooms.incrementAndGet();

	private final String hall = "open:" + this.room;

	@LocalServerPort
	private int port;

	@Autowired
	private PresenceService presence;

	private String cookie;

	private TestClient client;

	@BeforeEach
	void annIsInTheRoomAndInTheHall() throws Exception {
		this.cookie = login();
		this.client = connect(this.cookie).joined(this.room).joined(this.hall);
	}

	@AfterEach
	void close() {
		this.client.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/logout", "/session/end" })
	void theClientIsToldAndGoesOnAsAGuest(String path) throws Exception {
		post(path, this.cookie);
		assertGoesOnAsAGuest();
	}

	@Test
	void aSessionIsFollowedWhenItsIdChanges() throws Exception {
		String renamed = cookie(post("/session/rename", this.cookie));
		assertThat(renamed).isNotEqualTo(this.cookie);
		post("/session/end", renamed);
		assertGoesOnAsAGuest();
	}

	@Test
	void anotherLoginOfTheSameUserGoesOn() throws Exception {
		try (TestClient elsewhere = connect(login()).joined(this.room)) {
			post("/logout", this.cookie);
			assertThat(this.client.next("unsubscribed").path("topic").asString()).isEqualTo(this.room);
			elsewhere.send("{'type':'presence-state','topic':'" + this.room + "','state':'still here'}");
			assertThat(elsewhere.next("diff").path("states").toString()).contains("still here");
			assertThat(this.presence.isPresent(this.room, "ann")).isTrue();
		}
	}

	@Test
	void aGuestWithASessionIsLeftAlone() throws Exception {
		try (TestClient guest = connect(cookie(post("/session/begin", null))).joined(this.hall)) {
			post("/logout", this.cookie);
			assertGoesOnAsAGuest();
			guest.send("{'type':'ping'}");
			assertThat(guest.next("pong")).isNotNull();
			Awaitility.await().untilAsserted(() -> assertThat(this.presence.count(this.hall)).isEqualTo(2));
		}
	}

	private void assertGoesOnAsAGuest() throws InterruptedException {
		var told = this.client.next("unsubscribed");
		assertThat(told.path("topic").asString()).isEqualTo(this.room);
		assertThat(told.path("reason").asString()).isEqualTo("unauthorized");
		Awaitility.await().untilAsserted(() -> {
			assertThat(this.presence.count(this.room)).isZero();
			List<PresenceMember> inTheHall = this.presence.list(this.hall);
			assertThat(inTheHall).isNotEmpty().noneMatch((member) -> member.key().equals("ann"));
		});
		this.client.send("{'type':'subscribe','topic':'" + this.room + "'}");
		assertThat(this.client.next("subscribe-denied").path("reason").asString()).isEqualTo("unauthorized");
	}

	private TestClient connect(String cookie) throws InterruptedException {
		return TestClient.connect(this.port, "/presence", Map.of("Cookie", cookie)).welcomed();
	}

	private String login() throws IOException, InterruptedException {
		return cookie(send(HttpRequest.newBuilder(uri("/login"))
			.header("Content-Type", "application/x-www-form-urlencoded")
			.POST(BodyPublishers.ofString("username=ann&password=ann"))));
	}

	private HttpResponse<String> post(String path, String cookie) throws IOException, InterruptedException {
		HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.noBody());
		return send((cookie != null) ? request.header("Cookie", cookie) : request);
	}

	private static String cookie(HttpResponse<String> response) {
		String cookie = response.headers().firstValue("Set-Cookie").orElseThrow();
		return cookie.substring(0, cookie.indexOf(';'));
	}

	private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
		HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
		assertThat(response.statusCode()).isIn(200, 204, 302);
		return response;
	}

	private URI uri(String path) {
		return URI.create("http://localhost:" + this.port + path);
	}

}
