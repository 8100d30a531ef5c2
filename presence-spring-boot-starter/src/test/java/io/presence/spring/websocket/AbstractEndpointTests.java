package io.presence.spring.websocket;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.micrometer.core.instrument.MeterRegistry;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;

import io.presence.PresenceAccessDeniedException;
import io.presence.PresenceAuthorizer;
import io.presence.PresenceListener;
import io.presence.PresenceSelector;
import io.presence.PresenceService;
import io.presence.PresenceUserResolver;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The endpoint over real sockets, in whatever container the subclass has. Each test has a
 * room of its own with a neighbour in it, who must not notice.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "presence.store=memory", "presence.websocket.allowed-origins=https://friend.example" })
abstract class AbstractEndpointTests {

	private static final AtomicInteger rooms = new AtomicInteger();

	private static final CountDownLatch released = new CountDownLatch(1);

	private final String room = "room:" + rooms.incrementAndGet();

	@LocalServerPort
	private int port;

	@Autowired
	private PresenceService presence;

	@Autowired
	private MeterRegistry registry;

	private TestClient neighbour;

	@BeforeEach
	void enterTheRoom() throws InterruptedException {
		this.neighbour = connect("?user=neighbour").welcomed().joined(this.room);
	}

	@AfterEach
	void leaveTheRoom() {
		this.neighbour.close();
	}

	@Test
	void speaksTheProtocol() throws InterruptedException {
		try (TestClient client = connect("?user=ann&name=A%20n%2Bn+%C3%A4")) {
			JsonNode welcome = client.next();
			assertThat(welcome.path("type").asString()).isEqualTo("welcome");
			assertThat(welcome.path("protocol").asInt()).isEqualTo(1);
			client.joined(this.room);
			assertThat(this.presence.isPresent(this.room, "ann")).isTrue();
			assertThat(this.presence.count(this.room)).isEqualTo(2);
			JsonNode joined = this.neighbour.next("diff").path("data").path("joins").path("ann");
			assertThat(joined.path("name").asString()).isEqualTo("A n+n ä");
			assertThat(joined.has("token")).isFalse();
		}
		neighbourSeesLeave("ann");
	}

	@Test
	void closesOnABinaryFrame() throws Exception {
		try (TestClient client = connect("?user=ann").welcomed().joined(this.room)) {
			assertThat(this.neighbour.next("diff").path("data").path("joins").has("ann")).isTrue();
			client.sendBinary(new byte[] { 1, 2, 3 }).join();
			assertThat(client.closeCode()).isEqualTo(1003);
		}
		neighbourSeesLeave("ann");
	}

	@Test
	void closesOnAFrameThatIsTooLarge() throws Exception {
		try (RawClient client = new RawClient(this.port, "/presence?user=ann")) {
			client.send("{'type':'subscribe','topic':'" + this.room + "'}");
			while (!client.read().contains("\"state\"")) {
				assertThat(this.presence.count(this.room)).isPositive();
			}
			assertThat(this.neighbour.next("diff").path("data").path("joins").has("ann")).isTrue();
			byte[] frame = new byte[64 * 1024 + 1];
			Arrays.fill(frame, (byte) ' ');
			client.sendFrame(true, RawClient.TEXT, frame);
			assertThat(client.readClose()).isEqualTo(1009);
		}
		neighbourSeesLeave("ann");
	}

	@Test
	void countsBytesNotCharacters() throws Exception {
		try (RawClient client = new RawClient(this.port, "/presence?user=ann")) {
			client.send("{'type':'ping','x':'" + "\u20ac".repeat(22_000) + "'}");
			assertThat(client.readClose()).isEqualTo(1009);
		}
	}

	@Test
	void takesALargeFrameInManyFragments() throws Exception {
		try (RawClient client = new RawClient(this.port, "/presence?user=ann")) {
			String frame = "{\"x\":\"" + "\u00e4\u20ac\ud83d\ude00".repeat(6_000) + "\",\"type\":\"ping\"}";
			byte[] bytes = frame.getBytes(StandardCharsets.UTF_8);
			int step = 1_001;
			for (int from = 0; from < bytes.length; from += step) {
				int to = Math.min(bytes.length, from + step);
				client.sendFrame(to == bytes.length, (from == 0) ? RawClient.TEXT : 0,
						Arrays.copyOfRange(bytes, from, to));
			}
			assertThat(client.read()).contains("welcome");
			assertThat(client.read()).contains("pong");
		}
	}

	@Test
	void closesOnEndlessFragments() throws Exception {
		try (RawClient client = new RawClient(this.port, "/presence?user=ann")) {
			byte[] fragment = new byte[16 * 1024];
			Arrays.fill(fragment, (byte) ' ');
			client.sendFrame(false, RawClient.TEXT, fragment);
			for (int i = 0; i < 5; i++) {
				client.sendFrame(false, 0, fragment);
			}
			assertThat(client.readClose()).isEqualTo(1009);
		}
	}

	@Test
	void negotiatesNoCompression() throws IOException {
		try (RawClient client = new RawClient(this.port, "/presence?user=ann",
				"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")) {
			assertThat(client.response()).startsWith("HTTP/1.1 101")
				.doesNotContainIgnoringCase("Sec-WebSocket-Extensions");
			assertThat(client.read()).contains("welcome");
			client.sendFrame(true, 0x40 | RawClient.TEXT, new byte[] { 1, 2, 3 });
			assertThat(client.readClose()).isEqualTo(1002);
		}
	}

	@Test
	void refusesWhomTheResolverDenies() {
		assertThat(handshakeStatus("?deny=yes")).isEqualTo(403);
	}

	@Test
	void refusesWhenTheResolverFails() {
		assertThat(handshakeStatus("?fail=yes")).isEqualTo(500);
	}

	@Test
	void refusesForeignOriginsBeforeTheResolverIsAsked() throws IOException {
		assertThat(originStatus("https://foe.example", "?deny=yes")).contains("403");
		assertThat(originStatus("https://foe.example", "?fail=yes")).contains("403");
		assertThat(originStatus("https://friend.example", "?user=ann")).contains("101");
		assertThat(originStatus("http://localhost:" + this.port, "?user=ann")).contains("101");
	}

	@Test
	void answersARequestThatIsNoHandshakeWithoutAskingTheResolver() throws Exception {
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + this.port + "/presence?fail=yes"))
			.build();
		assertThat(HttpClient.newHttpClient().send(request, BodyHandlers.discarding()).statusCode()).isEqualTo(400);
	}

	@ParameterizedTest
	@ValueSource(strings = { "?user=%ff", "?user=%C3%28", "?user=%zz", "?user=%" })
	void refusesAQueryThatCannotBeRead(String query) throws IOException {
		try (RawClient client = new RawClient(this.port, "/presence" + query)) {
			assertThat(client.response()).startsWith("HTTP/1.1 400");
		}
	}

	@Test
	void servesAnonymousUsers() throws InterruptedException {
		try (TestClient client = connect("").welcomed()) {
			client.send("{'type':'subscribe','topic':'" + this.room + "'}");
			assertThat(client.next("subscribed").path("key").asString()).startsWith("~");
		}
	}

	@Test
	void leavesNothingOfASocketThatIsResetInTheMiddleOfItsJoin() throws Exception {
		for (int i = 0; i < 30; i++) {
			RawClient client = new RawClient(this.port, "/presence?user=ghost" + i);
			client.send("{'type':'subscribe','topic':'" + this.room + "','state':{'n':1}}");
			if (i % 3 == 1) {
				client.sendPartly("{'type':'unsubscribe','topic':'" + this.room + "'}");
			}
			if (i % 2 == 0) {
				client.reset();
			}
			else {
				client.close();
			}
		}
		Awaitility.await()
			.untilAsserted(
					() -> assertThat(this.presence.list(this.room)).extracting("key").containsExactly("neighbour"));
	}

	@Test
	void selectorThatThrowsOrReturnsNonsenseDeniesThatJoinOnly() throws InterruptedException {
		for (String user : List.of("select-throws", "select-nonsense", "select-null")) {
			try (TestClient client = connect("?user=" + user).welcomed()) {
				client.send("{'type':'subscribe','topic':'" + this.room + "','ref':7}");
				JsonNode denied = client.next("subscribe-denied");
				assertThat(denied.path("reason").asString()).as(user).isEqualTo("invalid-data");
				assertThat(denied.path("ref").asInt()).isEqualTo(7);
				client.send("{'type':'ping'}");
				client.next("pong");
			}
		}
		assertThat(this.presence.list(this.room)).extracting("key").containsExactly("neighbour");
	}

	@Test
	void authorizerThatThrowsDenies() throws InterruptedException {
		try (TestClient client = connect("?user=ann").welcomed()) {
			client.send("{'type':'subscribe','topic':'throws:1'}");
			assertThat(client.next("subscribe-denied").path("reason").asString()).isEqualTo("unauthorized");
			client.send("{'type':'subscribe','topic':'__presence:throws:1'}");
			assertThat(client.next("subscribe-denied").path("reason").asString()).isEqualTo("unauthorized");
		}
	}

	@Test
	void authorizerThatHangsHoldsUpNobodyElse() throws InterruptedException {
		try (TestClient client = connect("?user=ann").welcomed()) {
			client.send("{'type':'subscribe','topic':'hangs:1'}");
			try (TestClient other = connect("?user=bob").welcomed().joined(this.room)) {
				assertThat(this.neighbour.next("diff").path("data").path("joins").has("bob")).isTrue();
			}
			released.countDown();
			client.next("subscribed");
		}
	}

	@Test
	void listenerThatThrowsOrHangsHarmsNobody() throws InterruptedException {
		try (TestClient client = connect("?user=ann").welcomed().joined("listener:1")) {
			client.send("{'type':'unsubscribe','topic':'listener:1'}");
			client.next("unsubscribed");
			client.joined(this.room);
			assertThat(this.neighbour.next("diff").path("data").path("joins").has("ann")).isTrue();
		}
	}

	@Test
	void answersTenThousandSubscribesOnOneSocket() throws Exception {
		try (RawClient client = new RawClient(this.port, "/presence?user=ann")) {
			assertThat(client.read()).contains("welcome");
			Thread writer = new Thread(() -> {
				try {
					for (int i = 0; i < 10_000; i++) {
						client.send("{'type':'subscribe','topic':'many:" + i + "'}");
					}
				}
				catch (IOException ex) {
					// closed for abuse
				}
			});
			writer.start();
			boolean limited = false;
			try {
				while (!limited) {
					limited = client.read().contains("rate-limited");
				}
			}
			finally {
				client.reset();
				writer.join();
			}
			assertThat(limited).isTrue();
		}
		Awaitility.await()
			.untilAsserted(() -> assertThat(this.presence.topics()).noneMatch((t) -> t.startsWith("many:")));
		try (TestClient client = connect("?user=bob").welcomed().joined(this.room)) {
			assertThat(this.neighbour.next("diff").path("data").path("joins").has("bob")).isTrue();
		}
	}

	@Test
	void nothingIsKeptOfSocketsThatAreGone() throws Exception {
		LiveObjects before = LiveObjects.count();
		List<TestClient> clients = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			clients.add(connect("?user=u" + i).welcomed().joined(this.room));
		}
		for (int i = 0; i < clients.size(); i++) {
			if (i % 2 == 0) {
				clients.get(i).abort();
			}
			else {
				clients.get(i).close();
			}
		}
		clients.clear();
		this.neighbour.close();
		Awaitility.await()
			.untilAsserted(() -> assertThat(this.registry.get("presence.connections").gauge().value()).isZero());
		before.awaitNoMore();
	}

	private TestClient connect(String query) {
		return TestClient.connect(this.port, "/presence" + query);
	}

	private void neighbourSeesLeave(String key) throws InterruptedException {
		JsonNode diff = this.neighbour.next("diff");
		while (!diff.path("data").path("leaves").has(key)) {
			diff = this.neighbour.next("diff");
		}
		assertThat(diff.path("reasons").path(key).asString()).isEqualTo("disconnect");
		assertThat(this.presence.isPresent(this.room, key)).isFalse();
	}

	private int handshakeStatus(String query) {
		try {
			connect(query).close();
			return 101;
		}
		catch (CompletionException ex) {
			assertThat(ex.getCause()).isInstanceOf(WebSocketHandshakeException.class);
			return ((WebSocketHandshakeException) ex.getCause()).getResponse().statusCode();
		}
	}

	private String originStatus(String origin, String query) throws IOException {
		try (RawClient client = new RawClient(this.port, "/presence" + query, "Origin: " + origin)) {
			return client.response().lines().findFirst().orElseThrow();
		}
	}

	@EnableAutoConfiguration
	static class Application {

		@Bean
		PresenceUserResolver users() {
			return (handshake) -> {
				if (handshake.parameter("deny") != null) {
					throw new PresenceAccessDeniedException("Denied by the test");
				}
				if (handshake.parameter("fail") != null) {
					throw new IllegalStateException("Failed for the test");
				}
				return user(handshake.parameter("user"), handshake.parameter("name"));
			};
		}

		private static @Nullable Object user(@Nullable String id, @Nullable String name) {
			return (id != null) ? Map.of("id", id, "name", (name != null) ? name : id, "token", "secret") : null;
		}

		@Bean
		PresenceSelector selector() {
			return (user) -> switch (String.valueOf(((Map<?, ?>) user).get("id"))) {
				case "select-throws" -> throw new IllegalStateException("Failed for the test");
				case "select-nonsense" -> "no object";
				case "select-null" -> nothing();
				default -> user;
			};
		}

		@SuppressWarnings("DataFlowIssue")
		private static Object nothing() {
			return null;
		}

		@Bean
		PresenceAuthorizer authorizer() {
			return (request) -> {
				if (request.topic().startsWith("throws:")) {
					throw new IllegalStateException("Failed for the test");
				}
				if (request.topic().startsWith("hangs:")) {
					await();
				}
				return true;
			};
		}

		@Bean
		PresenceListener throwing() {
			return (event) -> {
				if (event.topic().startsWith("listener:")) {
					throw new IllegalStateException("Failed for the test");
				}
			};
		}

		@Bean
		PresenceListener hanging() {
			return (event) -> {
				if (event.topic().startsWith("listener:")) {
					await();
				}
			};
		}

		private static void await() {
			try {
				released.await(60, TimeUnit.SECONDS);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

	}

}
