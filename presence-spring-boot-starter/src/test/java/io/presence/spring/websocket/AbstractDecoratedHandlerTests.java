package io.presence.spring.websocket;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PingMessage;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.config.annotation.EnableWebSocket;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;
import org.springframework.web.socket.handler.AbstractWebSocketHandler;
import org.springframework.web.socket.handler.TextWebSocketHandler;
import org.springframework.web.socket.server.RequestUpgradeStrategy;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;

import io.presence.PresenceAccessDeniedException;
import io.presence.PresenceService;
import io.presence.PresenceUserResolver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.mockito.Mockito.mock;

/**
 * An application with a chat handler of its own that is decorated, in whatever container
 * the subclass has.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "presence.store=memory", "presence.websocket.enabled=false",
				"presence.limits.max-outbound-bytes=64KB", "presence.limits.max-frame-bytes=4KB",
				"presence.access[0].pattern=**", "presence.access[0].allow=anyone" })
abstract class AbstractDecoratedHandlerTests {

	private static final int THREADS = 8;

	private static final int MESSAGES = 2_000;

	@LocalServerPort
	private int port;

	@Autowired
	private PresenceService presence;

	@Autowired
	private ChatHandler chat;

	@Autowired
	private WebSocketPresence webSocketPresence;

	@Test
	void eightThreadsSendOnOneSessionAndNothingIsLostOrCorrupt() throws Exception {
		try (TestClient client = connect("ann"); TestClient other = connect("bob")) {
			client.sendRaw("join room:flood");
			client.next("state");
			client.sendRaw("flood");
			Map<Integer, List<Integer>> received = new TreeMap<>();
			int presenceFrames = 0;
			for (int chatMessages = 0; chatMessages < THREADS * MESSAGES;) {
				String text = client.nextText();
				if (text.startsWith("chat ")) {
					String[] parts = text.split(" ");
					int thread = Integer.parseInt(parts[1]);
					int number = Integer.parseInt(parts[2]);
					assertThat(parts[3]).isEqualTo(payload(thread, number));
					received.computeIfAbsent(thread, (absent) -> new ArrayList<>()).add(number);
					if (++chatMessages % 500 == 0) {
						other.sendRaw(((chatMessages / 500) % 2 == 1) ? "join room:flood" : "leave room:flood");
					}
				}
				else {
					assertThat(new JsonMapper().readTree(text).path("topic").asString())
						.isEqualTo("__presence:room:flood");
					presenceFrames++;
				}
			}
			assertThat(received).hasSize(THREADS);
			received.values().forEach((numbers) -> assertThat(numbers).hasSize(MESSAGES).isSorted());
			assertThat(presenceFrames).isPositive();
		}
	}

	@Test
	void binaryMessagesAndPingsOfTheApplicationKeepTheirPlace() throws Exception {
		try (RawClient client = new RawClient(this.port, "/chat?user=ann")) {
			client.send("mixed");
			List<String> order = new ArrayList<>();
			for (int i = 0; i < 5; i++) {
				order.add(client.readAny());
			}
			assertThat(order).containsExactly("1:first", "2:binary", "9:ping", "1:second", "8:4000");
		}
	}

	@Test
	void partsOfABinaryMessageAreSentAsOneAndAMessageCanBeSentAgain() throws Exception {
		try (RawClient client = new RawClient(this.port, "/chat?user=ann")) {
			client.send("binary");
			List<String> order = new ArrayList<>();
			for (int i = 0; i < 4; i++) {
				order.add(client.readAny());
			}
			assertThat(order).containsExactly("1:between", "2:one two", "2:again", "2:again");
		}
	}

	@Test
	void partsOfAMessageAreSentAsOne() throws Exception {
		try (TestClient client = connect("ann")) {
			client.sendRaw("parts");
			assertThat(client.nextText()).isEqualTo("one two three");
		}
	}

	@Test
	void presenceTakesOnlyWhatIsItsOwn() throws Exception {
		try (TestClient client = connect("ann"); TestClient observer = connect("bob")) {
			observer.send("{'type':'subscribe','topic':'__presence:room:own'}");
			observer.next("subscribed");
			observer.next("state");
			client.sendRaw("join room:own");
			client.next("state");
			assertThat(observer.next("diff").path("data").path("joins").has("ann")).isTrue();
			client.send("{'type':'presence-state','topic':'room:own','state':{'typing':true}}");
			JsonNode states = observer.next("diff").path("states");
			assertThat(states.iterator().next().path("state").path("typing").asBoolean()).isTrue();
			for (String frame : List.of("{\"type\":\"subscribe\",\"topic\":\"room:own\"}", "{\"type\":\"ping\"}",
					"no JSON at all", "{\"type\":\"chat\",\"text\":\"presence-state\"}")) {
				client.sendRaw(frame);
				String text = client.nextText();
				while (!text.startsWith("echo")) {
					text = client.nextText();
				}
				assertThat(text).isEqualTo("echo " + frame);
			}
		}
	}

	@Test
	void presenceFrameThatIsTooLargeClosesTheSession() throws Exception {
		try (TestClient client = connect("ann")) {
			String large = "{\"type\":\"chat\",\"text\":\"" + "x".repeat(5_000) + "\"}";
			client.sendRaw(large);
			assertThat(client.nextText()).isEqualTo("echo " + large);
			client.sendRaw(large.replace("chat", "presence-state"));
			assertThat(client.closeCode()).isEqualTo(1009);
		}
	}

	@Test
	void membersLeaveWhenTheSessionCloses() throws Exception {
		try (TestClient client = connect("ann")) {
			client.sendRaw("join room:leave");
			client.next("state");
			assertThat(this.presence.isPresent("room:leave", "ann")).isTrue();
		}
		Awaitility.await().untilAsserted(() -> assertThat(this.presence.count("room:leave")).isZero());
	}

	@Test
	void handlerThatThrowsLeavesNothingBehind() throws Exception {
		try (TestClient client = connect("ann")) {
			client.sendRaw("join room:throw");
			client.next("state");
			client.sendRaw("throw");
			assertThat(client.closeCode()).isEqualTo(1011);
		}
		Awaitility.await().untilAsserted(() -> assertThat(this.presence.count("room:throw")).isZero());
	}

	@Test
	void whoMayNotConnectIsClosed() {
		try (TestClient client = connect("denied")) {
			assertThat(client.closeCode()).isEqualTo(4403);
		}
		assertThat(this.chat.opened).doesNotContain("denied");
	}

	@Test
	void interceptorRefusesWhoMayNotConnect() throws IOException {
		try (RawClient denied = new RawClient(this.port, "/guarded?user=denied");
				RawClient allowed = new RawClient(this.port, "/guarded?user=ann")) {
			assertThat(denied.response()).startsWith("HTTP/1.1 403");
			assertThat(allowed.response()).startsWith("HTTP/1.1 101");
		}
	}

	@Test
	void sessionThatIsNotDecoratedHasNoConnection() {
		WebSocketSession session = mock();
		assertThatIllegalArgumentException().isThrownBy(() -> this.webSocketPresence.connection(session))
			.withMessageContaining("webSocketPresence.decorate(handler)");
	}

	@Test
	void messagesToAClosedSessionAreRefused() throws Exception {
		try (TestClient client = connect("late")) {
			client.sendRaw("close");
			assertThat(client.closeCode()).isEqualTo(1000);
		}
		assertThat(this.chat.afterClose.get()).isInstanceOf(IOException.class).hasMessageContaining("is closed");
	}

	private TestClient connect(String user) {
		return TestClient.connect(this.port, "/chat?user=" + user);
	}

	private static String payload(int thread, int number) {
		return Character.toString('a' + thread).repeat(40 + number % 200);
	}

	@EnableAutoConfiguration
	@EnableWebSocket
	static class Application {

		@Bean
		PresenceUserResolver users() {
			return (handshake) -> {
				String user = handshake.parameter("user");
				if ("denied".equals(user)) {
					throw new PresenceAccessDeniedException("Denied by the test");
				}
				return (user != null) ? Map.of("id", user) : null;
			};
		}

		@Bean
		ChatHandler chat(PresenceService presence, WebSocketPresence webSocketPresence) {
			return new ChatHandler(presence, webSocketPresence);
		}

		@Bean
		WebSocketConfigurer handlers(ChatHandler chat, WebSocketPresence presence, RequestUpgradeStrategy strategy) {
			return (registry) -> {
				registry.addHandler(presence.decorate(chat), "/chat")
					.setHandshakeHandler(new DefaultHandshakeHandler(strategy));
				registry.addHandler(presence.decorate(new TextWebSocketHandler()), "/guarded")
					.setHandshakeHandler(new DefaultHandshakeHandler(strategy))
					.addInterceptors(presence.handshakeInterceptor());
			};
		}

	}

	static class ChatHandler extends AbstractWebSocketHandler {

		private final ExecutorService threads = Executors.newCachedThreadPool();

		private final Set<String> opened = ConcurrentHashMap.newKeySet();

		private final CompletableFuture<Throwable> afterClose = new CompletableFuture<>();

		private final PresenceService presence;

		private final WebSocketPresence webSocketPresence;

		ChatHandler(PresenceService presence, WebSocketPresence webSocketPresence) {
			this.presence = presence;
			this.webSocketPresence = webSocketPresence;
		}

		@Override
		public void afterConnectionEstablished(WebSocketSession session) {
			Map<?, ?> user = (Map<?, ?>) this.webSocketPresence.connection(session).user();
			this.opened.add(String.valueOf(user.get("id")));
		}

		@Override
		protected void handleTextMessage(WebSocketSession session, TextMessage message) throws Exception {
			String text = message.getPayload();
			switch (text.split(" ")[0]) {
				case "join" -> this.presence.join(this.webSocketPresence.connection(session), text.substring(5));
				case "leave" -> this.presence.leave(this.webSocketPresence.connection(session), text.substring(6));
				case "flood" -> flood(session);
				case "mixed" -> mixed(session);
				case "parts" -> parts(session);
				case "binary" -> binary(session);
				case "throw" -> throw new IllegalStateException("Failed for the test");
				case "close" -> close(session);
				default -> session.sendMessage(new TextMessage("echo " + text));
			}
		}

		private void flood(WebSocketSession session) {
			CountDownLatch start = new CountDownLatch(1);
			List<Future<?>> senders = new ArrayList<>();
			for (int thread = 0; thread < THREADS; thread++) {
				int sender = thread;
				senders.add(this.threads.submit(() -> {
					start.await();
					for (int i = 0; i < MESSAGES; i++) {
						session.sendMessage(new TextMessage("chat " + sender + " " + i + " " + payload(sender, i)));
					}
					return null;
				}));
			}
			start.countDown();
		}

		private void mixed(WebSocketSession session) throws IOException {
			session.sendMessage(new TextMessage("first"));
			session.sendMessage(new BinaryMessage("binary".getBytes(StandardCharsets.UTF_8)));
			session.sendMessage(new PingMessage(ByteBuffer.wrap("ping".getBytes(StandardCharsets.UTF_8))));
			session.sendMessage(new TextMessage("second"));
			session.close(new CloseStatus(4000));
		}

		private void parts(WebSocketSession session) throws IOException {
			session.sendMessage(new TextMessage("one ", false));
			session.sendMessage(new TextMessage("two ", false));
			session.sendMessage(new TextMessage("three", true));
		}

		private void binary(WebSocketSession session) throws IOException {
			session.sendMessage(new BinaryMessage("one ".getBytes(StandardCharsets.UTF_8), false));
			session.sendMessage(new TextMessage("between"));
			session.sendMessage(new BinaryMessage("two".getBytes(StandardCharsets.UTF_8), true));
			BinaryMessage again = new BinaryMessage("again".getBytes(StandardCharsets.UTF_8));
			session.sendMessage(again);
			session.sendMessage(again);
		}

		private void close(WebSocketSession session) throws IOException {
			session.close();
			try {
				session.sendMessage(new TextMessage("too late"));
				this.afterClose.complete(new AssertionError("The message was taken"));
			}
			catch (IOException ex) {
				this.afterClose.complete(ex);
			}
		}

	}

}
