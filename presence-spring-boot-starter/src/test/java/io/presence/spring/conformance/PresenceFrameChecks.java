package io.presence.spring.conformance;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Presence frames.
 */
class PresenceFrameChecks extends Checks {

	private static final String[] WIDE_WINDOW = { "presence.flush-interval=2s", "presence.state-flush-interval=2s",
			"presence.heartbeat=0" };

	@Verifies({ "P1", "P2", "P3", "P11", "P20", "P35" })
	void framesHaveTheirParts() {
		String topic = topic();
		WireClient ada = client("ada");
		JsonNode state = ada.join(topic);
		assertThat(state.path("topic").asString()).isEqualTo("__presence:" + topic);
		assertThat(state.propertyNames()).contains("topic", "event", "epoch", "v", "count", "data", "states");
		assertThat(state.path("states").isObject()).isTrue();
		long version = state.path("v").asLong();
		WireClient bob = client("bob");
		for (int i = 0; i < 6; i++) {
			bob.send((i % 2 == 0) ? "{'type':'subscribe','topic':'" + topic + "','observe':false,'state':" + i + "}"
					: "{'type':'unsubscribe','topic':'" + topic + "'}");
			JsonNode diff = ada.next("diff");
			assertThat(diff.path("topic").asString()).isEqualTo("__presence:" + topic);
			assertThat(diff.path("epoch")).isEqualTo(state.path("epoch"));
			assertThat(diff.path("from").asLong()).isEqualTo(version);
			assertThat(diff.path("v").asLong()).isEqualTo(version + 1);
			assertThat(diff.path("count").asInt()).isEqualTo((i % 2 == 0) ? 2 : 1);
			assertThat(diff.path("data").path("joins").isObject()).isTrue();
			assertThat(diff.path("data").path("leaves").isObject()).isTrue();
			version++;
			for (String number : List.of("v", "from", "count")) {
				assertThat(diff.path(number).isIntegralNumber()).isTrue();
				assertThat(diff.path(number).asLong()).isBetween(0L, (1L << 53) - 1);
			}
			for (JsonNode entry : diff.path("states")) {
				assertThat(entry.path("n").isIntegralNumber()).isTrue();
				assertThat(entry.path("n").asLong()).isBetween(0L, (1L << 53) - 1);
			}
		}
	}

	@Verifies({ "P5", "P8" })
	void drawsAnEpochForEachWatch() {
		Set<String> epochs = new HashSet<>();
		String topic = topic();
		ConformanceServer other = server(WIDE_WINDOW);
		JsonNode here = client("ada").join(topic);
		JsonNode there = client(other, "ada").join(topic);
		epochs.add(here.path("epoch").asString());
		epochs.add(there.path("epoch").asString());
		epochs.add(client("ada").join(topic()).path("epoch").asString());
		assertThat(epochs).hasSize(3);
		WireClient bob = client("bob");
		bob.send("{'type':'subscribe','topic':'" + topic + "'," + position(there) + "}");
		bob.next("subscribed");
		assertMembers(bob.next("state"), "ada", "bob");
	}

	@Verifies("P5")
	void drawsAnEpochWhenItWatchesAgain() {
		ConformanceServer server = server("presence.flush-interval=11ms");
		String topic = topic();
		WireClient ada = client(server, "ada");
		String first = ada.join(topic).path("epoch").asString();
		ada.socket().drop();
		Awaitility.await().atMost(WireClient.PATIENCE).until(() -> server.engine().statistics().topics() == 0);
		assertThat(client(server, "ada").join(topic).path("epoch").asString()).isNotEqualTo(first);
	}

	@Verifies({ "P6", "P7" })
	void countsFlushesThatNobodyReceives() {
		String topic = topic();
		WireClient ada = client("ada");
		ada.send("{'type':'subscribe','topic':'" + topic + "','observe':false}");
		ada.next("subscribed");
		JsonNode before = ada.next("state");
		for (int i = 0; i < 3; i++) {
			WireClient unseen = client("unseen" + i);
			unseen.send("{'type':'subscribe','topic':'" + topic + "','observe':false}");
			unseen.next("subscribed");
			JsonNode state = unseen.next("state");
			assertThat(state.path("epoch")).isEqualTo(before.path("epoch"));
			assertThat(state.path("v").asLong()).isEqualTo(before.path("v").asLong() + i + 1);
		}
	}

	@Verifies("P9")
	void aStateIsTheWholeRoster() {
		String topic = topic();
		WireClient first = client("first");
		RosterDecoder decoder = new RosterDecoder(topic);
		decoder.receive(first.join(topic));
		for (int i = 0; i < 30; i++) {
			WireClient client = client("user" + i);
			client.send("{'type':'subscribe','topic':'" + topic + "','observe':false,'state':" + i + "}");
			client.next("subscribed");
			if (i % 3 == 0) {
				client.send("{'type':'unsubscribe','topic':'" + topic + "'}");
				client.await("unsubscribed");
			}
		}
		Awaitility.await().atMost(WireClient.PATIENCE).until(() -> server().service().count(topic) == 21);
		first.await("diff that brings the last", (frame) -> frame.path("data").path("joins").has("user29"));
		JsonNode state = client("second").observe(topic);
		assertThat(state.path("data").size()).isEqualTo(21).isEqualTo(state.path("count").asInt());
		assertThat(state.path("states").size()).isEqualTo(20);
	}

	@Verifies({ "P12", "P13" })
	void changesThatFollowGoTogether() {
		ConformanceServer server = server(WIDE_WINDOW);
		String topic = topic();
		WireClient observer = client(server, "observer");
		observer.observe(topic);
		List<WireClient> clients = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			clients.add(client(server, "user" + i));
		}
		openWindow(server, observer, topic);
		clients.forEach((client) -> client.send("{'type':'subscribe','topic':'" + topic + "','observe':false}"));
		JsonNode diff = observer.next("diff");
		assertDiff(diff, List.of("user0", "user1", "user2", "user3"), List.of());
		assertThat(diff.path("v").asLong()).isEqualTo(diff.path("from").asLong() + 1);
	}

	@Verifies({ "P14", "P15", "P16", "P18" })
	void toldIsTheNetEffect() {
		ConformanceServer server = server(WIDE_WINDOW);
		String topic = topic();
		WireClient observer = client(server, "observer");
		observer.observe(topic);
		WireClient ada = client(server, "ada");
		openWindow(server, observer, topic);
		ada.send("{'type':'subscribe','topic':'" + topic + "','observe':false}");
		JsonNode joined = observer.next("diff");
		assertDiff(joined, List.of("ada"), List.of());
		// The diff of the join has opened the next window.
		WireClient eve = client(server, "eve");
		String leave = "{'type':'unsubscribe','topic':'" + topic + "'}";
		String join = "{'type':'subscribe','topic':'" + topic + "','observe':false}";
		ada.send(leave).send(join);
		eve.send(join).send(leave);
		ada.await("unsubscribed");
		ada.await("subscribed");
		eve.await("subscribed");
		eve.await("unsubscribed");
		Awaitility.await()
			.atMost(WireClient.PATIENCE)
			.until(() -> server.service().isPresent(topic, "ada") && !server.service().isPresent(topic, "eve"));
		observer.send("{'type':'presence-snapshot','topic':'" + topic + "'," + position(joined) + "}");
		assertThat(observer.next("current").path("v")).isEqualTo(joined.path("v"));
		openWindow(server, observer, topic, joined.path("v").asLong());
	}

	@Verifies({ "P17", "P18" })
	void updatesStandInJoinsAndAreNamed() {
		String topic = topic();
		ConformanceServer server = server(WIDE_WINDOW);
		WireClient observer = client(server, "observer");
		observer.observe(topic);
		WireClient ada = tracked(WireClient.open(loop, server.port(), "user=ada&name=Ada"));
		ada.join(topic);
		observer.await("diff");
		WireClient bob = client(server, "bob");
		openWindow(server, observer, topic);
		WireClient newAda = tracked(WireClient.open(loop, server.port(), "user=ada&name=Countess"));
		newAda.send("{'type':'subscribe','topic':'" + topic + "'}");
		bob.send("{'type':'subscribe','topic':'" + topic + "'}");
		JsonNode diff = observer.next("diff");
		assertDiff(diff, List.of("ada", "bob"), List.of());
		assertThat(diff.path("data").path("joins").path("ada").path("name").asString()).isEqualTo("Countess");
		assertThat(diff.path("updated")).hasSize(1);
		assertThat(diff.path("updated").path(0).asString()).isEqualTo("ada");
		assertThat(diff.path("count").asInt()).isEqualTo(server.service().count(topic));
		newAda.socket().write(WireFrame.close(1000));
		JsonNode back = observer.next("diff");
		assertDiff(back, List.of("ada"), List.of());
		assertThat(back.path("data").path("joins").path("ada").path("name").asString()).isEqualTo("Ada");
		assertThat(back.path("updated").path(0).asString()).isEqualTo("ada");
	}

	@Verifies({ "P19", "P33" })
	void leavesCarryDataAndReasons() {
		String topic = topic();
		WireClient ada = client("ada");
		ada.join(topic);
		Map<String, String> reasons = Map.of("leaver", "leave", "closer", "disconnect", "dropper", "disconnect",
				"resetter", "disconnect");
		reasons.forEach((user, reason) -> {
			WireClient client = tracked(WireClient.open(loop, server().port(), "user=" + user + "&name=N"));
			client.send("{'type':'subscribe','topic':'" + topic + "','state':1}");
			ada.next("diff");
			client.await("state");
			switch (user) {
				case "leaver" -> client.send("{'type':'unsubscribe','topic':'" + topic + "'}");
				case "closer" -> client.socket().write(WireFrame.close(1001));
				case "dropper" -> client.socket().drop();
				default -> client.socket().reset();
			}
			JsonNode diff = ada.next("diff");
			assertDiff(diff, List.of(), List.of(user));
			assertThat(diff.path("data").path("leaves").path(user).path("name").asString()).isEqualTo("N");
			assertThat(diff.path("reasons").path(user).asString()).isEqualTo(reason);
		});
		assertThat(client("bob").join(topic).path("states")).isEmpty();
	}

	@Verifies({ "P23", "P24" })
	void oneWhoIgnoresVersionsConverges() {
		ConformanceServer server = server("presence.heartbeat=250ms");
		String topic = topic();
		WireClient observer = client(server, "observer");
		Set<String> shown = new HashSet<>();
		observer.observe(topic).path("data").propertyNames().forEach(shown::add);
		client(server, "ada").join(topic);
		client(server, "bob").join(topic);
		// The diffs are lost.
		observer.await("diff");
		observer.await("diff");
		JsonNode heartbeat = observer.await("heartbeat with both",
				(frame) -> WireClient.kind(frame).equals("heartbeat") && frame.path("data").size() == 2);
		heartbeat.path("data").propertyNames().forEach(shown::add);
		assertThat(shown).containsExactlyInAnyOrder("ada", "bob");
	}

	@Verifies("P25")
	void doesNotBeatAtZero() {
		ConformanceServer server = server("presence.heartbeat=0", "presence.websocket.ping-interval=100ms",
				"presence.websocket.pong-timeout=5s", "presence.websocket.send-timeout=5s");
		WireClient ada = client(server, "ada");
		assertThat(ada.welcome().path("heartbeat").asLong()).isZero();
		assertThat(ada.welcome().path("maxAge").asLong()).isZero();
		ada.join(topic());
		ada.awaitPings(10);
		assertThat(ada.drain()).isEmpty();
	}

	@Verifies("P28")
	void aFlushSendsTheDiffBeforeTheState() {
		ConformanceServer server = server(WIDE_WINDOW);
		String topic = topic();
		WireClient observer = client(server, "observer");
		observer.observe(topic);
		WireClient bob = client(server, "bob");
		WireClient ada = client(server, "ada");
		openWindow(server, observer, topic);
		bob.send("{'type':'subscribe','topic':'" + topic + "','state':{'x':1}}");
		bob.next("subscribed");
		observer.send("{'type':'presence-snapshot','topic':'" + topic + "'}");
		ada.send("{'type':'subscribe','topic':'__presence:" + topic + "'}");
		ada.next("subscribed");
		JsonNode diff = observer.next("diff");
		assertDiff(diff, List.of("bob"), List.of());
		assertThat(diff.path("states").path(bob.id()).path("state").path("x").asInt()).isEqualTo(1);
		JsonNode state = observer.next("state");
		assertThat(state.path("v")).isEqualTo(diff.path("v"));
		JsonNode adas = ada.next("state");
		assertThat(adas.path("v")).isEqualTo(diff.path("v"));
		assertThat(adas.path("states").has(bob.id())).isTrue();
	}

	@Verifies({ "P30", "P21" })
	void aHeartbeatComesAfterTheDiffToItsVersion() {
		ConformanceServer server = server("presence.heartbeat=50ms", "presence.flush-interval=5ms");
		String topic = topic();
		WireClient observer = client(server, "observer");
		RosterDecoder decoder = new RosterDecoder(topic);
		decoder.receive(observer.observe(topic));
		WireClient ada = client(server, "ada");
		for (int i = 0; i < 60; i++) {
			ada.send((i % 2 == 0) ? "{'type':'subscribe','topic':'" + topic + "','observe':false}"
					: "{'type':'unsubscribe','topic':'" + topic + "'}");
			JsonNode frame;
			do {
				frame = observer.next();
				assertThat(decoder.receive(frame)).as("%s", frame).isTrue();
			}
			while (!WireClient.kind(frame).equals("diff"));
		}
	}

	@Verifies({ "P31", "P32" })
	void theNewestStateIsTheMembers() {
		String topic = topic();
		WireClient one = client("twin-" + topic);
		WireClient two = client("twin-" + topic);
		one.join(topic);
		two.join(topic);
		long last = -1;
		for (int i = 0; i < 6; i++) {
			WireClient tab = (i % 2 == 0) ? one : two;
			tab.send("{'type':'presence-state','topic':'" + topic + "','state':" + i + "}");
			JsonNode entry = one.next("diff").path("states").path(tab.id());
			assertThat(entry.path("state").asInt()).isEqualTo(i);
			assertThat(entry.path("n").asLong()).isGreaterThan(last);
			last = entry.path("n").asLong();
			assertThat(server().service().list(topic)).singleElement()
				.extracting((member) -> String.valueOf(member.state()))
				.isEqualTo(String.valueOf(i));
		}
		two.send("{'type':'presence-state','topic':'" + topic + "','state':null}");
		one.next("diff");
		assertThat(server().service().list(topic).get(0).state()).hasToString("4");
	}

	@Verifies("P38")
	void hostileNamesAreOrdinaryKeys() {
		String topic = topic();
		WireClient ada = client("ada");
		ada.join(topic);
		for (String key : List.of("__proto__", "constructor", "toString", "hasOwnProperty")) {
			WireClient client = client(key);
			assertThat(client.join(topic).path("data").has(key)).isTrue();
			JsonNode diff = ada.next("diff");
			assertDiff(diff, List.of(key), List.of());
			client.socket().drop();
			diff = ada.next("diff");
			assertDiff(diff, List.of(), List.of(key));
			assertThat(diff.path("reasons").path(key).asString()).isEqualTo("disconnect");
		}
		String named = "__proto__";
		ada.send("{'type':'presence-state','topic':'" + topic + "','state':{'" + named + "':{'constructor':1}}}");
		assertThat(ada.next("diff").path("states").path(ada.id()).path("state").path(named).path("constructor").asInt())
			.isEqualTo(1);
	}

	/**
	 * Makes a change that goes out at once, so that what follows waits for the window.
	 */
	private void openWindow(ConformanceServer server, WireClient observer, String topic) {
		openWindow(server, observer, topic, -1);
	}

	private void openWindow(ConformanceServer server, WireClient observer, String topic, long from) {
		WireClient opener = client(server, "opener-" + System.nanoTime());
		opener.send("{'type':'subscribe','topic':'" + topic + "','observe':false}");
		JsonNode diff = observer.await("diff");
		assertThat(diff.path("data").path("joins").toString()).contains("opener-");
		assertThat(diff.path("from").asLong()).isGreaterThanOrEqualTo(0);
		if (from >= 0) {
			assertThat(diff.path("from").asLong()).isEqualTo(from);
		}
	}

}
