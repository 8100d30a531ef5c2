package io.presence.spring.conformance;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

import io.presence.KickMode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Control frames that the server sends.
 */
class ControlFrameChecks extends Checks {

	@Verifies({ "S3", "S9" })
	void deniesWhatTheAuthorizerRefuses() {
		String topic = topic();
		server().rules().denied.add("JOIN " + topic);
		server().rules().denied.add("OBSERVE " + topic);
		WireClient ada = client("ada");
		denied(ada, topic, "unauthorized");
		denied(ada, "__presence:" + topic, "unauthorized");
		denied(ada, "broken:" + topic, "unauthorized");
		assertNothingRemains(ada, topic);
		String batch = topic();
		server().rules().denied.add("JOIN " + batch);
		ada.send("{'type':'subscribe-batch','topics':['" + batch + "']}");
		assertThat(ada.next("subscribe-denied").path("reason").asString()).isEqualTo("unauthorized");
		assertNothingRemains(ada, batch);
	}

	@Verifies({ "S4", "S9" })
	void deniesWhatIsOverALimit() {
		ConformanceServer server = server("presence.limits.max-topics-per-connection=3");
		WireClient ada = client(server, "ada");
		String topic = topic();
		ada.join(topic + "a");
		ada.join(topic + "b");
		ada.observe(topic + "c");
		denied(ada, topic + "d", "limit");
		denied(ada, "__presence:" + topic + "d", "limit");
		assertThat(server.service().count(topic + "d")).isZero();
		ada.send("{'type':'unsubscribe','topic':'" + topic + "b'}");
		ada.await("unsubscribed");
		ada.drain();
		assertMembers(ada.join(topic + "d"), "ada");
	}

	@Verifies({ "S5", "S9" })
	void deniesWhatIsNoTopic() {
		WireClient ada = client("ada");
		for (String topic : List.of("", " a", "a ", "__a", "__presence:", "__presence:__presence:a", "a\\u0000",
				"a\\u2028", "a\\u202e", "\\ud800", "x".repeat(257))) {
			denied(ada, topic, "invalid-topic");
		}
	}

	@Verifies({ "S6", "S7", "S9" })
	void deniesWhereTheDataIsBad() {
		for (String name : List.of("throws", "number", "huge")) {
			String topic = topic();
			WireClient ada = tracked(WireClient.open(loop, server().port(), "user=ada&name=" + name));
			denied(ada, topic, "invalid-data");
			assertNothingRemains(ada, topic);
		}
	}

	@Verifies({ "S8", "S24", "S25", "X6" })
	void saysGoodbye() throws Exception {
		try (ConformanceServer server = ConformanceServer.start(container(),
				"presence.limits.max-frames-per-second=100000")) {
			List<WireClient> clients = new ArrayList<>();
			for (int i = 0; i < 400; i++) {
				clients.add(client(server, "user" + i));
			}
			Thread closing = new Thread(server::close);
			closing.start();
			Awaitility.await().atMost(WireClient.PATIENCE).pollInterval(Duration.ofMillis(2)).until(() -> {
				for (int i = 0; i < 400; i += 20) {
					clients.get(i).send("{'type':'subscribe','topic':'late'}");
				}
				return clients.stream().allMatch(WireClient::isClosed);
			});
			Set<Long> retries = new HashSet<>();
			int unavailable = 0;
			for (WireClient client : clients) {
				JsonNode goodbye = client.await("goodbye");
				assertThat(goodbye.path("reason").asString()).isEqualTo("shutdown");
				assertThat(goodbye.path("retryAfter").asLong()).isPositive();
				retries.add(goodbye.path("retryAfter").asLong());
				assertThat(client.awaitClose()).isEqualTo(1012);
				unavailable += client.received((frame) -> frame.path("reason").asString("").equals("unavailable"));
			}
			assertThat(retries).hasSizeGreaterThan(200);
			assertThat(unavailable).isPositive();
			closing.join(30_000);
			assertThat(closing.isAlive()).isFalse();
		}
	}

	@Verifies({ "S11", "X7" })
	void tellsWhoIsKicked() {
		String topic = topic();
		WireClient ada = client("ada");
		WireClient eve = client("eve-" + topic);
		ada.join(topic);
		eve.join(topic);
		ada.next("diff");
		server().service().kick("eve-" + topic, topic, KickMode.LEAVE);
		JsonNode unsubscribed = eve.await("unsubscribed");
		assertThat(unsubscribed.path("topic").asString()).isEqualTo(topic);
		assertThat(unsubscribed.path("reason").asString()).isEqualTo("kicked");
		assertThat(unsubscribed.has("ref")).isFalse();
		assertThat(ada.next("diff").path("reasons").path("eve-" + topic).asString()).isEqualTo("kicked");
		eve.drain();
		eve.join(topic);
		ada.next("diff");
		server().service().kick("eve-" + topic, null, KickMode.CLOSE);
		assertThat(eve.awaitClose()).isEqualTo(4403);
		assertThat(ada.next("diff").path("reasons").path("eve-" + topic).asString()).isEqualTo("kicked");
	}

	@Verifies("S12")
	void tellsWhomTheApplicationTakesOut() {
		String topic = topic();
		WireClient ada = client("ada-" + topic);
		ada.join(topic);
		server().service().leave(server().rules().connections.get("ada-" + topic), topic);
		JsonNode unsubscribed = ada.await("unsubscribed");
		assertThat(unsubscribed.path("topic").asString()).isEqualTo(topic);
		assertThat(unsubscribed.path("reason").asString()).isEqualTo("leave");
		assertThat(unsubscribed.has("ref")).isFalse();
		assertThat(server().service().count(topic)).isZero();
	}

	@Verifies("S13")
	void tellsWhoMayNoLongerBeThere() {
		String topic = topic();
		WireClient ada = client("ada-" + topic);
		WireClient bob = client("bob");
		bob.join(topic);
		ada.join(topic);
		bob.next("diff");
		ada.observe(topic);
		server().rules().denied.addAll(List.of("JOIN " + topic, "OBSERVE " + topic));
		server().engine().revalidate("ada-" + topic);
		for (int i = 0; i < 2; i++) {
			JsonNode unsubscribed = ada.await("unsubscribed");
			assertThat(unsubscribed.path("topic").asString()).isIn(topic, "__presence:" + topic);
			assertThat(unsubscribed.path("reason").asString()).isEqualTo("unauthorized");
			assertThat(unsubscribed.has("ref")).isFalse();
		}
		assertThat(bob.next("diff").path("reasons").path("ada-" + topic).asString()).isEqualTo("kicked");
		ada.drain();
		bob.send("{'type':'presence-state','topic':'" + topic + "','state':1}");
		bob.next();
		assertThat(ada.drain()).isEmpty();
	}

	@Verifies("X5")
	void closesOnAnErrorOfItsOwn() {
		String topic = topic();
		WireClient bob = client("bob");
		bob.join(topic);
		WireClient ada = client("ada");
		ada.join(topic);
		bob.next("diff");
		ada.send("{'type':'subscribe','topic':'fatal:" + topic + "'}");
		assertThat(ada.awaitClose()).isEqualTo(1011);
		assertDiff(bob.next(), List.of(), List.of("ada"));
	}

	@Verifies({ "S14", "S22" })
	void answersWhatCannotBeRead() {
		String topic = topic();
		WireClient ada = client("ada");
		ada.join(topic);
		for (String text : List.of("", "hello", "{", "null", "{}", "{'type':1}", "{'type':'subscribe'}",
				"{'type':'subscribe','topic':7}", "{'type':'subscribe','topic':'a','ref':'1'}",
				"{'type':'ping','type':'ping'}")) {
			ada.send(text);
			JsonNode error = error(ada, "bad-frame");
			assertThat(error.path("message").asString()).isNotBlank();
		}
		client("bob").join(topic);
		assertDiff(ada.next(), List.of("bob"), List.of());
	}

	@Verifies("S15")
	void answersUnknownTypes() {
		WireClient ada = client("ada");
		ada.send("{'type':'presence-diff','topic':'a','ref':3}");
		assertThat(error(ada, "unknown-type").path("ref").asInt()).isEqualTo(3);
	}

	@Verifies("S16")
	void answersBadTopics() {
		WireClient ada = client("ada");
		for (String type : List.of("unsubscribe", "presence-snapshot", "presence-state")) {
			ada.send("{'type':'" + type + "','topic':'__presence:__presence:a','state':1}");
			assertThat(error(ada, "invalid-topic").path("topic").asString()).isEqualTo("__presence:__presence:a");
		}
	}

	@Verifies("S18")
	void answersASnapshotOfOneWhoDoesNotObserve() {
		WireClient ada = client("ada");
		String topic = topic();
		for (String sent : List.of(topic, "__presence:" + topic)) {
			ada.send("{'type':'presence-snapshot','topic':'" + sent + "'}");
			assertThat(error(ada, "not-observing").path("topic").asString()).isEqualTo(sent);
		}
		client("bob").join(topic);
		ada.send("{'type':'presence-snapshot','topic':'" + topic + "'}");
		error(ada, "not-observing");
	}

	@Verifies({ "S19", "S22" })
	void answersAStateThatIsTooLarge() {
		String topic = topic();
		WireClient ada = client("ada");
		ada.join(topic);
		ada.send("{'type':'presence-state','topic':'" + topic + "','state':'" + "é".repeat(511) + "'}");
		assertThat(ada.next("diff").path("states").path(ada.id()).path("state").asString()).hasSize(511);
		ada.send("{'type':'presence-state','topic':'" + topic + "','state':'" + "é".repeat(512) + "'}");
		error(ada, "state-too-large");
		assertThat(client("bob").join(topic).path("states").path(ada.id()).path("state").asString()).hasSize(511);
	}

	@Verifies({ "S20", "S22" })
	void answersWhatTheAuthorizerRefuses() {
		String topic = topic();
		WireClient ada = client("ada");
		ada.join(topic);
		server().rules().denied.add("STATE " + topic);
		ada.send("{'type':'presence-state','topic':'" + topic + "','state':1,'ref':3}");
		assertThat(error(ada, "unauthorized").path("ref").asInt()).isEqualTo(3);
		server().rules().denied.addAll(List.of("JOIN " + topic, "OBSERVE " + topic));
		ada.send("{'type':'presence-snapshot','topic':'" + topic + "'}");
		error(ada, "unauthorized");
		server().rules().denied.removeAll(List.of("JOIN " + topic, "OBSERVE " + topic));
		client("bob").join(topic);
		assertDiff(ada.next(), List.of("bob"), List.of());
	}

	@Verifies({ "S21", "X3" })
	void limitsTheRate() {
		ConformanceServer server = server("presence.limits.max-frames-per-second=20");
		String topic = topic();
		WireClient ada = client(server, "ada");
		WireClient bob = client(server, "bob");
		ada.join(topic);
		bob.join(topic);
		ada.next("diff");
		for (int i = 0; i < 60; i++) {
			bob.send("{'type':'ping'}");
		}
		JsonNode error = bob.await("error");
		assertThat(error.path("code").asString()).isEqualTo("rate-limited");
		assertThat(error.path("retryAfter").asLong()).isBetween(1L, 3000L);
		Awaitility.await().atMost(WireClient.PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
			for (int i = 0; i < 10; i++) {
				bob.send("{'type':'ping'}");
			}
			return bob.isClosed();
		});
		assertThat(bob.awaitClose()).isEqualTo(1008);
		JsonNode diff = ada.next();
		assertDiff(diff, List.of(), List.of("bob"));
	}

	@Verifies("S23")
	void boundsAndEscapesMessages() {
		WireClient ada = client("ada");
		String hostile = "\\u0000\\u202e\\u2028<script>\\ud800".repeat(500);
		for (String text : List.of("{'type':'" + hostile + "'}", "{'type':'ping','" + hostile + "'",
				"{'type':'subscribe','topic':'a','expireAfter':'" + hostile + "'}", "\u2028\u202e".repeat(1000))) {
			ada.send(text);
			assertThat(ada.next("error").path("message").asString()).matches("[ -~]{1,500}");
		}
		ada.send("{'type':'unsubscribe','topic':'\\u202e\\u0007'}");
		JsonNode error = error(ada, "invalid-topic");
		assertThat(error.path("message").asString()).matches("[ -~]{1,500}");
		assertThat(error.path("topic").asString()).isEqualTo("\u202e\u0007");
	}

	@Verifies("X1")
	void answersAnOrdinaryClose() {
		for (int code : new int[] { 1000, 1001 }) {
			WireClient ada = client("ada");
			ada.socket().write(WireFrame.close(code));
			assertThat(ada.awaitClose()).isEqualTo(code);
		}
	}

	@Verifies("X2")
	void closesOnABinaryFrame() {
		WireClient ada = client("ada");
		ada.socket().write(WireFrame.of(WireFrame.FINAL | WireFrame.BINARY, new byte[] { 1, 2, 3 }));
		assertThat(ada.awaitClose()).isEqualTo(1003);
	}

	@Verifies("X4")
	void closesOnAFrameThatIsTooLarge() {
		WireClient ada = client("ada");
		ada.sendText("{\"type\":\"ping\",\"x\":\"" + "x".repeat(60_000) + "\"}");
		ada.next("pong");
		ada.sendText("{\"type\":\"ping\",\"x\":\"" + "x".repeat(70_000) + "\"}");
		assertThat(ada.awaitClose()).isEqualTo(1009);
		WireClient bob = client("bob");
		bob.socket().write(WireFrame.of(WireFrame.TEXT, "{\"x\":\"".getBytes(StandardCharsets.UTF_8)));
		for (int i = 0; i < 70; i++) {
			bob.socket().write(WireFrame.of(WireFrame.CONTINUATION, new byte[1024]));
		}
		assertThat(bob.awaitClose()).isEqualTo(1009);
	}

	static void denied(WireClient client, String topic, String reason) {
		client.send("{'type':'subscribe','topic':'" + topic + "','ref':77}");
		JsonNode denied = client.next("subscribe-denied");
		assertThat(denied.path("reason").asString()).as("%s", denied).isEqualTo(reason);
		assertThat(denied.path("ref").asInt()).isEqualTo(77);
		assertThat(denied.has("topic")).isTrue();
	}

	private void assertNothingRemains(WireClient client, String topic) {
		assertThat(server().service().count(topic)).isZero();
		client.send("{'type':'presence-snapshot','topic':'" + topic + "'}");
		error(client, "not-observing");
		client.send("{'type':'presence-state','topic':'" + topic + "','state':1}");
		error(client, "not-joined");
		server().rules().denied.removeAll(List.of("JOIN " + topic, "OBSERVE " + topic));
		WireClient other = client("other");
		assertMembers(other.join(topic), "other");
		assertThat(client.drain()).isEmpty();
	}

}
