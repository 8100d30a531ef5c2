package io.presence.spring.conformance;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Bad input over real sockets. After each, the connection still hears who comes to its
 * room, or where the protocol prescribes a close, its neighbour does, and everything that
 * was there before is still there.
 */
abstract class AbstractBadInputTests extends Checks {

	private final String room = topic();

	private WireClient client;

	private WireClient neighbour;

	@BeforeEach
	void join() {
		this.client = client("client");
		this.neighbour = client("neighbour");
		this.client.send("{'type':'subscribe','topic':'" + this.room + "','state':{'before':1}}");
		this.client.next("subscribed");
		this.client.next("state");
		this.neighbour.join(this.room);
		this.client.next("diff");
	}

	@AfterEach
	@Override
	public void close() {
		super.close();
	}

	@AfterAll
	static void stop() {
		closeServers();
	}

	static Stream<Arguments> badFrames() {
		String deep = "[".repeat(10_000) + "]".repeat(10_000);
		String wide = "[" + "0,".repeat(31_000) + "0]";
		String hundredAndOne = IntStream.rangeClosed(0, 100)
			.mapToObj((i) -> "'b" + i + "'")
			.collect(Collectors.joining(","));
		return Stream.of(arguments("no JSON", "hello", "bad-frame"), arguments("nothing", "", "bad-frame"),
				arguments("half of an object", "{'type':'ping'", "bad-frame"),
				arguments("two objects", "{'type':'ping'}{'type':'ping'}", "bad-frame"),
				arguments("an array", "[{'type':'ping'}]", "bad-frame"), arguments("null", "null", "bad-frame"),
				arguments("a string", "'ping'", "bad-frame"),
				arguments("the type of another type", "{'type':['ping']}", "bad-frame"),
				arguments("the topic of another type", "{'type':'subscribe','topic':{}}", "bad-frame"),
				arguments("a ref of another type", "{'type':'subscribe','topic':'a','ref':'1'}", "bad-frame"),
				arguments("observe of another type", "{'type':'subscribe','topic':'a','observe':1}", "bad-frame"),
				arguments("heartbeat of another type", "{'type':'subscribe','topic':'a','heartbeat':true}",
						"bad-frame"),
				arguments("a position of another type", "{'type':'subscribe','topic':'a','epoch':1,'v':'1'}",
						"bad-frame"),
				arguments("topics of another type", "{'type':'subscribe-batch','topics':'a'}", "bad-frame"),
				arguments("an element of another type", "{'type':'subscribe-batch','topics':['a',5]}", "bad-frame"),
				arguments("no type", "{'topic':'a'}", "bad-frame"),
				arguments("no topic", "{'type':'subscribe'}", "bad-frame"),
				arguments("no state", "{'type':'presence-state','topic':'ROOM'}", "bad-frame"),
				arguments("no topics", "{'type':'subscribe-batch'}", "bad-frame"),
				arguments("an unknown type", "{'type':'dance'}", "unknown-type"),
				arguments("a frame of the server", "{'type':'welcome'}", "unknown-type"),
				arguments("deep JSON", "{'type':'presence-state','topic':'ROOM','state':" + deep + "}", "bad-frame"),
				arguments("deep JSON in an unknown field", "{'type':'ping','x':" + deep + "}", "bad-frame"),
				arguments("wide JSON", "{'type':'ping','x':" + wide + "}", "bad-frame"),
				arguments("a long number", "{'type':'ping','x':" + "9".repeat(50_000) + "}", "bad-frame"),
				arguments("a huge exponent", "{'type':'subscribe','topic':'a','v':1e999999999,'epoch':'e'}",
						"bad-frame"),
				arguments("an exponent beyond all", "{'type':'ping','x':1e99999999999}", "bad-frame"),
				arguments("a tiny exponent",
						"{'type':'presence-state','topic':'ROOM','state':1,'expireAfter':1e-999999999}", "bad-frame"),
				arguments("a huge number in a state", "{'type':'presence-state','topic':'ROOM','state':1e400}",
						"bad-frame"),
				arguments("an expiry of zero", "{'type':'presence-state','topic':'ROOM','state':1,'expireAfter':0}",
						"bad-frame"),
				arguments("an expiry of more than a day",
						"{'type':'presence-state','topic':'ROOM','state':1,'expireAfter':86400001}", "bad-frame"),
				arguments("a name twice", "{'type':'unsubscribe','topic':'x','topic':'ROOM'}", "bad-frame"),
				arguments("a name twice in a state", "{'type':'presence-state','topic':'ROOM','state':{'a':1,'a':2}}",
						"bad-frame"),
				arguments("a lone surrogate in a state", "{'type':'presence-state','topic':'ROOM','state':'\\ud800'}",
						"bad-frame"),
				arguments("a batch of more than a hundred",
						"{'type':'subscribe-batch','topics':[" + hundredAndOne + "]}", "bad-frame"),
				arguments("a state that is too large",
						"{'type':'presence-state','topic':'ROOM','state':'" + "é".repeat(512) + "'}",
						"state-too-large"),
				arguments("a state of one who has not joined", "{'type':'presence-state','topic':'other','state':1}",
						"not-joined"),
				arguments("a snapshot of one who does not observe", "{'type':'presence-snapshot','topic':'other'}",
						"not-observing"),
				arguments("an invisible topic", "{'type':'presence-snapshot','topic':'a\\u202eb'}", "invalid-topic"),
				arguments("a nested prefix", "{'type':'unsubscribe','topic':'__presence:__presence:ROOM'}",
						"invalid-topic"));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("badFrames")
	void aBadFrameIsAnsweredAndChangesNothing(String name, String frame, String code) {
		this.client.send(frame.replace("ROOM", this.room));
		error(this.client, code);
		assertNothingChanged();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "a ", "\\u00a0a", "__a", "__presence:", "__presence:__a",
			"__presence:__presence:a", "a\\u0000", "a\\u001b", "a\\u007f", "a\\u0085", "a\\u2028", "a\\u2029",
			"a\\u061c", "a\\u200e", "a\\u202a", "a\\u2069", "a\\ud800", "\\udc00" })
	void aBadTopicIsDenied(String topic) {
		ControlFrameChecks.denied(this.client, topic, "invalid-topic");
		assertNothingChanged();
	}

	@Test
	void anOverlongTopicIsDenied() {
		ControlFrameChecks.denied(this.client, "x".repeat(257), "invalid-topic");
		ControlFrameChecks.denied(this.client, "x".repeat(50_000), "invalid-topic");
		this.client.join("\uD83D\uDE00".repeat(256));
		assertNothingChanged();
	}

	@Test
	void aBinaryFrameCloses() {
		this.client.socket()
			.write(WireFrame.of(WireFrame.FINAL | WireFrame.BINARY, "{}".getBytes(StandardCharsets.UTF_8)));
		assertThat(this.client.awaitClose()).isEqualTo(1003);
		assertNeighbourHearsOfIt("disconnect");
	}

	@Test
	void aFrameThatIsTooLargeCloses() {
		this.client.sendText("{\"type\":\"ping\",\"x\":\"" + "x".repeat(64 * 1024) + "\"}");
		assertThat(this.client.awaitClose()).isEqualTo(1009);
		assertNeighbourHearsOfIt("disconnect");
	}

	@Test
	void aFrameWithoutEndCloses() {
		this.client.socket().write(WireFrame.of(WireFrame.TEXT, new byte[] { '{' }));
		for (int i = 0; i < 100 && !this.client.isClosed(); i++) {
			this.client.socket()
				.write(WireFrame.of(WireFrame.CONTINUATION, " ".repeat(1000).getBytes(StandardCharsets.UTF_8)));
		}
		assertThat(this.client.awaitClose()).isEqualTo(1009);
		assertNeighbourHearsOfIt("disconnect");
	}

	@Test
	void aFragmentedFrameIsRead() {
		this.client.socket().write(WireFrame.of(WireFrame.TEXT, "{\"type\":".getBytes(StandardCharsets.UTF_8)));
		this.client.socket().write(WireFrame.of(WireFrame.FINAL | WireFrame.PING, new byte[0]));
		this.client.socket().write(WireFrame.of(WireFrame.CONTINUATION, new byte[0]));
		this.client.socket()
			.write(WireFrame.of(WireFrame.FINAL | WireFrame.CONTINUATION,
					"\"ping\"}".getBytes(StandardCharsets.UTF_8)));
		this.client.next("pong");
		assertNothingChanged();
	}

	@Test
	void textThatIsNoUtf8Closes() {
		this.client.socket()
			.write(WireFrame.of(WireFrame.FINAL | WireFrame.TEXT,
					new byte[] { '"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"' }));
		assertThat(this.client.awaitClose()).isNotEqualTo(1000);
		assertNeighbourHearsOfIt("disconnect");
	}

	@Test
	void aCompressedBombIsNotInflated() {
		WireClient bomber = tracked(WireClient.handshake(loop, server().port(), "/presence?user=bomber",
				Map.of("Sec-WebSocket-Extensions", "permessage-deflate; client_no_context_takeover"), 0))
			.welcomed();
		bomber.join(this.room);
		this.client.next("diff");
		byte[] bomb = WireFrame
			.deflate(("{\"type\":\"ping\",\"x\":\"" + " ".repeat(40_000_000) + "\"}").getBytes(StandardCharsets.UTF_8));
		assertThat(bomb.length).isLessThan(60_000);
		bomber.socket().write(WireFrame.of(WireFrame.FINAL | WireFrame.COMPRESSED | WireFrame.TEXT, bomb));
		assertThat(bomber.awaitClose()).isIn(1002, 1009);
		this.neighbour.await("leave of the bomber", (frame) -> frame.path("data").path("leaves").has("bomber"));
		assertDiff(this.client.next(), List.of(), List.of("bomber"));
		assertNothingChanged();
	}

	@Test
	void tenThousandSubscribesOnOneSocketHarmNobody() {
		for (int i = 0; i < 10_000; i++) {
			this.client.send("{'type':'subscribe','topic':'" + this.room + "." + i + "'}");
		}
		assertNeighbourIsServed();
		Awaitility.await()
			.pollInterval(Duration.ofMillis(250))
			.atMost(WireClient.PATIENCE)
			.until(() -> this.client.isClosed() || isServedAgain(this.client));
		assertThat(server().service().topics().stream().filter((name) -> name.startsWith(this.room + ".")).count())
			.isLessThanOrEqualTo(1000);
	}

	@Test
	void framesFasterThanTheLimitAreAnsweredAndThenServedAgain() {
		for (int i = 0; i < 300; i++) {
			this.client.send("{'type':'ping'}");
		}
		JsonNode error = this.client.await("error");
		assertThat(error.path("code").asString()).isEqualTo("rate-limited");
		Awaitility.await()
			.pollInterval(Duration.ofMillis(250))
			.atMost(WireClient.PATIENCE)
			.until(() -> isServedAgain(this.client));
		client("late").join(this.room);
		this.client.await("diff that brings the late one", (frame) -> frame.path("data").path("joins").has("late"));
	}

	@Test
	void halfAHandshakeHarmsNobody() {
		String handshake = WireSocket.handshake(server().port(), "/presence?user=half", Map.of());
		for (int length : new int[] { 0, 1, 30, handshake.length() - 2 }) {
			tracked(WireClient.raw(loop, server().port(),
					handshake.substring(0, length).getBytes(StandardCharsets.US_ASCII), 0));
		}
		WireClient reset = tracked(WireClient.raw(loop, server().port(),
				handshake.substring(0, 60).getBytes(StandardCharsets.US_ASCII), 0));
		reset.socket().reset();
		WireClient gone = tracked(
				WireClient.raw(loop, server().port(), handshake.getBytes(StandardCharsets.US_ASCII), 0));
		gone.socket().reset();
		assertNothingChanged();
	}

	@Test
	void aSocketThatIsResetInTheMiddleOfItsJoinLeavesNothingBehind() {
		for (int i = 0; i < 50; i++) {
			WireClient resetter = client("resetter" + i);
			resetter.send("{'type':'subscribe','topic':'" + this.room + "','state':1}");
			resetter.socket().reset();
		}
		Awaitility.await().atMost(WireClient.PATIENCE).until(() -> server().service().count(this.room) == 2);
		RosterDecoder roster = new RosterDecoder(this.room);
		this.client.drain();
		Awaitility.await().atMost(WireClient.PATIENCE).until(() -> {
			this.client.drain();
			return server().service().count(this.room) == 2;
		});
		this.neighbour.drain();
		roster.receive(client("observer").observe(this.room));
		assertThat(roster.members().keySet()).containsExactlyInAnyOrder("client", "neighbour");
		assertThat(roster.states()).hasSize(1);
		assertNothingChanged();
	}

	@Test
	void aSocketThatReadsNothingHoldsUpNobody() {
		this.client.socket().read(false);
		for (int i = 0; i < 20; i++) {
			client("visitor" + i).join(this.room);
			this.neighbour.await("diff that brings the visitor",
					(frame) -> frame.path("data").path("joins").propertyNames().toString().contains("visitor"));
		}
		this.client.socket().read(true);
		this.client.await("diff that brings the last visitor",
				(frame) -> frame.path("data").path("joins").has("visitor19"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "throws", "unfinished", "nothing", "number", "huge" })
	void aBrokenSelectFailsItsJoinOnly(String name) {
		WireClient broken = tracked(WireClient.open(loop, server().port(), "user=broken-select&name=" + name));
		broken.send("{'type':'subscribe','topic':'" + this.room + "','state':1,'ref':5}");
		JsonNode answer = broken.next();
		if (name.equals("nothing")) {
			assertThat(answer.path("type").asString()).isEqualTo("subscribed");
			broken.next("state");
			broken.send("{'type':'unsubscribe','topic':'" + this.room + "'}");
			this.client.next("diff");
			this.client.next("diff");
		}
		else {
			assertThat(answer.path("reason").asString()).isEqualTo("invalid-data");
			assertThat(answer.path("ref").asInt()).isEqualTo(5);
		}
		assertMembers(client("observer").observe(this.room), "client", "neighbour");
		assertNothingChanged();
	}

	@Test
	void aSelectThatHangsHoldsUpNobodyElse() {
		WireClient hanging = tracked(WireClient.open(loop, server().port(), "user=hanging&name=hangs"));
		hanging.send("{'type':'subscribe','topic':'" + this.room + "'}");
		awaitHanging();
		assertNothingChanged();
		hanging.socket().reset();
		server().rules().hanging.release();
		Awaitility.await().atMost(WireClient.PATIENCE).until(() -> !server().service().isPresent(this.room, "hanging"));
		assertServed(server(), this.neighbour);
	}

	@Test
	void aResolverThatDeniesThrowsOrReturnsNonsenseRefusesItsHandshakeOnly() {
		assertThat(handshake("banned")).isEqualTo(403);
		assertThat(handshake("broken")).isIn(403, 500);
		WireClient nonsense = tracked(WireClient.open(loop, server().port(), "user=nonsense"));
		nonsense.send("{'type':'subscribe','topic':'" + this.room + "'}");
		assertThat(nonsense.next("subscribe-denied").path("reason").asString()).isEqualTo("invalid-data");
		assertNothingChanged();
	}

	@Test
	void aResolverThatHangsHoldsUpItsHandshakeOnly() {
		WireClient hanging = tracked(WireClient.handshake(loop, server().port(), "/presence?user=hangs", Map.of(), 0));
		awaitHanging();
		assertNothingChanged();
		assertNeighbourIsServed();
		server().rules().hanging.release();
		assertServed(server(), hanging.welcomed());
	}

	@Test
	void anAuthorizerThatHangsHoldsUpItsConnectionOnly() {
		WireClient hanging = client("hanging");
		String topic = "hanging:" + this.room;
		hanging.send("{'type':'subscribe','topic':'" + topic + "'}");
		awaitHanging();
		assertNothingChanged();
		assertNeighbourIsServed();
		assertThat(server().service().isPresent(topic, "hanging")).isFalse();
		server().rules().hanging.release();
		hanging.next("subscribed");
		assertMembers(hanging.next("state"), "hanging");
	}

	@Test
	void aListenerThatHangsHoldsUpListenersOnly() {
		String topic = "heard-late:" + this.room;
		this.client.join(topic);
		awaitHanging();
		client("second").join(topic);
		assertDiff(this.client.next(), List.of("second"), List.of());
		assertNothingChanged();
		assertNeighbourIsServed();
		server().rules().hanging.release(2);
		Awaitility.await()
			.atMost(WireClient.PATIENCE)
			.untilAsserted(() -> assertThat(server().rules().heard).contains("client " + topic, "second " + topic));
	}

	@ParameterizedTest
	@ValueSource(strings = { "broken:", "unfinished:" })
	void anAuthorizerThatThrowsDenies(String prefix) {
		ControlFrameChecks.denied(this.client, prefix + this.room, "unauthorized");
		ControlFrameChecks.denied(this.client, "__presence:" + prefix + this.room, "unauthorized");
		assertNothingChanged();
	}

	@Test
	void aListenerThatThrowsHarmsNobody() {
		this.client.join("listened:" + this.room);
		client("late").join("listened:" + this.room);
		assertDiff(this.client.next(), List.of("late"), List.of());
		assertNothingChanged();
	}

	private static void awaitHanging() {
		Awaitility.await().atMost(WireClient.PATIENCE).until(() -> server().rules().hanging.hasQueuedThreads());
	}

	private int handshake(String user) {
		return tracked(WireClient.handshake(loop, server().port(), "/presence?user=" + user, Map.of(), 0))
			.awaitAnswer();
	}

	private static boolean isServedAgain(WireClient client) {
		client.send("{'type':'unsubscribe','topic':'nowhere','ref':999}");
		return client.received(
				(frame) -> WireClient.kind(frame).equals("unsubscribed") && frame.path("ref").asInt(0) == 999) > 0;
	}

	/**
	 * The connection is where it was, with the state it had, and hears who comes.
	 */
	private void assertNothingChanged() {
		WireClient late = client("late");
		JsonNode state = late.join(this.room);
		assertMembers(state, "client", "neighbour", "late");
		assertThat(state.path("states")).hasSize(1);
		assertThat(state.path("states").path(this.client.id()).path("state").path("before").asInt()).isEqualTo(1);
		assertDiff(this.client.next(), List.of("late"), List.of());
		assertThat(this.client.isClosed()).isFalse();
	}

	private void assertNeighbourHearsOfIt(String reason) {
		JsonNode diff = this.neighbour.next("diff");
		assertDiff(diff, List.of(), List.of("client"));
		assertThat(diff.path("reasons").path("client").asString()).isEqualTo(reason);
		assertNeighbourIsServed();
	}

	private void assertNeighbourIsServed() {
		client("late").join(this.room);
		this.neighbour.await("diff that brings the late one", (frame) -> frame.path("data").path("joins").has("late"));
	}

}
