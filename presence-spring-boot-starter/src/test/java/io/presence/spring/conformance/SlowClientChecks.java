package io.presence.spring.conformance;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

import io.presence.PresenceConnection;
import io.presence.spring.conformance.ConformanceServer.Container;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Clients that do not read.
 */
class SlowClientChecks extends Checks {

	private static final String PADDING = "x".repeat(15_000);

	private static final int MEMBERS = 50;

	private static final int ROUNDS = 30;

	@Verifies({ "L1", "L2", "L6" })
	void aSlowConnectionGetsOneFreshState() {
		ConformanceServer server = server("presence.limits.max-outbound-bytes=64KB", "presence.heartbeat=0");
		String topic = topic();
		List<PresenceConnection> heavy = heavyMembers(server, topic);
		WireClient slow = slowClient(server, "slow");
		RosterDecoder slowRoster = new RosterDecoder(topic);
		slowRoster.receive(slow.observe(topic));
		slow.socket().read(false);
		WireClient neighbour = client(server, "neighbour");
		RosterDecoder roster = new RosterDecoder(topic);
		roster.receive(neighbour.observe(topic));
		int received = 0;
		for (int round = 0; round < ROUNDS; round++) {
			update(server, heavy, round);
			while (!shows(roster, round)) {
				assertThat(roster.receive(neighbour.next())).isTrue();
				received++;
			}
		}
		assertThat(slow.isClosed()).isFalse();
		slow.socket().read(true);
		int slowReceived = 0;
		int states = 0;
		while (!shows(slowRoster, ROUNDS - 1)) {
			JsonNode frame = slow.next();
			states += WireClient.kind(frame).equals("state") ? 1 : 0;
			slowReceived++;
			slowRoster.receive(frame);
		}
		assertThat(slowRoster.members()).isEqualTo(roster.members());
		assertThat(slowReceived).isLessThan(received);
		assertThat(states).isBetween(1, ROUNDS / 3);
		assertThat(slow.drain()).noneMatch((frame) -> WireClient.kind(frame).equals("state"));
		client(server, "late").join(topic);
		assertThat(slowRoster.receive(slow.next("diff"))).isTrue();
		assertThat(slowRoster.members()).containsKey("late");
	}

	@Verifies("L3")
	void aFrameLargerThanTheBoundPasses() {
		ConformanceServer server = server("presence.limits.max-outbound-bytes=64KB", "presence.heartbeat=0");
		String topic = topic();
		heavyMembers(server, topic);
		WireClient ada = client(server, "ada");
		ada.send("{'type':'subscribe','topic':'__presence:" + topic + "'}");
		ada.next("subscribed");
		assertThat(ada.next("state").toString().length()).isGreaterThan(10 * 64 * 1024);
	}

	@Verifies("L4")
	void controlFramesAreNotDropped() {
		ConformanceServer server = server("presence.limits.max-outbound-bytes=64KB", "presence.heartbeat=0");
		String topic = topic();
		List<PresenceConnection> heavy = heavyMembers(server, topic);
		WireClient slow = slowClient(server, "slow");
		slow.observe(topic);
		slow.socket().read(false);
		WireClient neighbour = client(server, "neighbour");
		RosterDecoder roster = new RosterDecoder(topic);
		roster.receive(neighbour.observe(topic));
		for (int round = 0; round < ROUNDS; round++) {
			if (round % 3 == 0) {
				slow.send("{'type':'unsubscribe','topic':'" + topic() + "','ref':" + round + "}");
			}
			update(server, heavy, round);
			while (!shows(roster, round)) {
				roster.receive(neighbour.next());
			}
		}
		slow.socket().read(true);
		for (int round = 0; round < ROUNDS; round += 3) {
			JsonNode answer = slow.await("unsubscribed");
			assertThat(answer.path("ref").asInt()).isEqualTo(round);
		}
	}

	@Verifies("L5")
	void tooManyControlFramesCloseTheConnection() {
		ConformanceServer server = server("presence.limits.max-outbound-bytes=64KB", "presence.heartbeat=0",
				"presence.limits.max-frames-per-second=100000");
		String topic = topic();
		WireClient neighbour = client(server, "neighbour");
		neighbour.join(topic);
		WireClient slow = slowClient(server, "slow");
		slow.join(topic);
		neighbour.next("diff");
		slow.socket().read(false);
		String large = "{\"type\":\"unsubscribe\",\"topic\":\"" + "y".repeat(60_000) + "\"}";
		// Tomcat's own threads fail when a session closes under a frame that waits.
		Awaitility.await()
			.dontCatchUncaughtExceptions()
			.atMost(WireClient.PATIENCE)
			.pollInterval(Duration.ofMillis(10))
			.until(() -> {
				slow.sendText(large);
				return neighbour.received((frame) -> frame.path("data").path("leaves").has("slow")) > 0;
			});
		slow.socket().read(true);
		// Jetty resets the connection right behind the close frame, which then may be
		// lost.
		assertThat(slow.awaitClose()).isIn((container() == Container.JETTY) ? List.of(1008, 1006) : List.of(1008));
	}

	@Verifies("L7")
	void aConnectionThatTakesNothingTimesOut() {
		ConformanceServer server = server("presence.websocket.send-timeout=1s", "presence.heartbeat=0");
		String topic = topic();
		List<PresenceConnection> heavy = heavyMembers(server, topic);
		WireClient neighbour = client(server, "neighbour");
		RosterDecoder roster = new RosterDecoder(topic);
		roster.receive(neighbour.observe(topic));
		WireClient slow = slowClient(server, "slow");
		slow.join(topic);
		slow.socket().read(false);
		JsonNode left = null;
		for (int round = 0; round < ROUNDS && left == null; round++) {
			update(server, heavy, round);
			while (!shows(roster, round)) {
				JsonNode frame = neighbour.next();
				left = frame.path("data").path("leaves").has("slow") ? frame : left;
				roster.receive(frame);
			}
		}
		if (left == null) {
			left = neighbour.await("leave of the slow one", (frame) -> frame.path("data").path("leaves").has("slow"));
		}
		assertThat(left.path("reasons").path("slow").asString()).isEqualTo("timeout");
	}

	private WireClient slowClient(ConformanceServer server, String user) {
		return tracked(WireClient.handshake(loop, server.port(), "/presence?user=" + user, Map.of(), 4096)).welcomed();
	}

	private List<PresenceConnection> heavyMembers(ConformanceServer server, String topic) {
		List<PresenceConnection> connections = new ArrayList<>();
		for (int i = 0; i < MEMBERS; i++) {
			String user = "heavy" + i + "-" + topic;
			client(server, user).send("{'type':'subscribe','topic':'" + topic + "','observe':false}");
		}
		Awaitility.await().atMost(WireClient.PATIENCE).until(() -> server.service().count(topic) == MEMBERS);
		for (int i = 0; i < MEMBERS; i++) {
			connections.add(server.rules().connections.get("heavy" + i + "-" + topic));
		}
		update(server, connections, -1);
		Awaitility.await()
			.atMost(WireClient.PATIENCE)
			.until(() -> server.service()
				.list(topic)
				.stream()
				.allMatch((member) -> Integer.valueOf(-1).equals(member.data().get("round"))));
		return connections;
	}

	private static void update(ConformanceServer server, List<PresenceConnection> connections, int round) {
		for (PresenceConnection connection : connections) {
			Map<String, Object> data = new HashMap<>();
			data.put("id", ((Map<?, ?>) connection.user()).get("id"));
			data.put("round", round);
			data.put("padding", PADDING);
			server.service().update(connection, data);
		}
	}

	private static boolean shows(RosterDecoder roster, int round) {
		return roster.members()
			.values()
			.stream()
			.filter((data) -> data.has("padding"))
			.filter((data) -> data.path("round").asInt() == round)
			.count() == MEMBERS;
	}

}
