package io.presence.spring.conformance;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What clients send, and frames in general.
 */
class ClientFrameChecks extends Checks {

	@Verifies({ "G1", "S1" })
	void welcomesWithOneObject() {
		WireClient ada = client("ada");
		JsonNode welcome = ada.welcome();
		assertThat(welcome.isObject()).isTrue();
		assertThat(welcome.path("connectionId").asString()).hasSizeGreaterThan(15);
		assertThat(welcome.path("heartbeat").asLong()).isEqualTo(30_000);
		assertThat(welcome.path("maxAge").asLong()).isEqualTo(90_000);
		assertThat(welcome.path("pingInterval").asLong()).isEqualTo(25_000);
		assertThat(welcome.path("maxStateBytes").asInt()).isEqualTo(1024);
		assertThat(welcome.path("protocol").asInt()).isEqualTo(1);
		assertThat(client("ada").id()).isNotEqualTo(ada.id());
		ada.send("'not an object'");
		error(ada, "bad-frame");
		ada.send("[{'type':'ping'}]");
		error(ada, "bad-frame");
		ada.send("{'type':'ping'}{'type':'ping'}");
		error(ada, "bad-frame");
	}

	@Verifies("G2")
	void listensAtThePathThatIsSet() {
		ConformanceServer elsewhere = server("presence.websocket.path=/live/here");
		tracked(WireClient.handshake(loop, elsewhere.port(), "/live/here", Map.of(), 0)).welcomed();
		assertThat(tracked(WireClient.handshake(loop, elsewhere.port(), "/presence", Map.of(), 0)).awaitAnswer())
			.isEqualTo(404);
		tracked(WireClient.handshake(loop, server().port(), "/presence", Map.of(), 0)).welcomed();
	}

	@Verifies("G3")
	void ignoresFieldsItDoesNotKnow() {
		WireClient ada = client("ada");
		String topic = topic();
		ada.send(
				"{'colour':{'a':[1,null]},'type':'subscribe','topic':'" + topic + "','ref':1,'Type':'x','observed':3}");
		assertThat(ada.next("subscribed").path("ref").asInt()).isEqualTo(1);
		ada.next("state");
	}

	@Verifies({ "C1", "C2", "S2", "C23" })
	void subscribeJoinsAndObserves() {
		String topic = topic();
		WireClient ada = client("ada");
		WireClient bob = client("bob");
		ada.send("{'type':'subscribe','topic':'" + topic + "'}");
		assertThat(ada.next("subscribed").path("key").asString()).isEqualTo("ada");
		assertMembers(ada.next("state"), "ada");
		assertThat(server().service().isPresent(topic, "ada")).isTrue();
		assertMembers(bob.join(topic), "ada", "bob");
		assertDiff(ada.next(), List.of("bob"), List.of());
	}

	@Verifies("C3")
	void publishesAStateWithTheJoin() {
		String topic = topic();
		WireClient ada = client("ada");
		ada.join(topic);
		WireClient bob = client("bob");
		bob.send("{'type':'subscribe','topic':'" + topic + "','state':{'status':'typing'}}");
		JsonNode diff = ada.next("diff");
		assertDiff(diff, List.of("bob"), List.of());
		assertThat(diff.path("states").path(bob.id()).path("key").asString()).isEqualTo("bob");
		assertThat(diff.path("states").path(bob.id()).path("state").path("status").asString()).isEqualTo("typing");
		bob.next("subscribed");
		JsonNode state = bob.next("state");
		assertThat(state.path("states").path(bob.id()).path("state").path("status").asString()).isEqualTo("typing");
	}

	@Verifies("C4")
	void joinsWithoutObserving() {
		String topic = topic();
		WireClient ada = client("ada");
		ada.send("{'type':'subscribe','topic':'" + topic + "','observe':false}");
		ada.next("subscribed");
		assertMembers(ada.next("state"), "ada");
		WireClient bob = client("bob");
		assertMembers(bob.join(topic), "ada", "bob");
		bob.send("{'type':'presence-state','topic':'" + topic + "','state':1}");
		bob.await("diff");
		bob.send("{'type':'unsubscribe','topic':'" + topic + "'}");
		bob.next("unsubscribed");
		assertThat(ada.drain()).isEmpty();
		ada.send("{'type':'presence-snapshot','topic':'" + topic + "'}");
		error(ada, "not-observing");
	}

	@Verifies("C5")
	void observesWithoutJoining() {
		String topic = topic();
		WireClient ada = client("ada");
		assertMembers(ada.observe(topic));
		WireClient bob = client("bob");
		assertMembers(bob.join(topic), "bob");
		assertDiff(ada.next(), List.of("bob"), List.of());
		assertThat(server().service().isPresent(topic, "ada")).isFalse();
	}

	@Verifies({ "C6", "C7" })
	void takesABatch() {
		String topic = topic();
		WireClient ada = client("ada");
		ada.send("{'type':'subscribe-batch','ref':6,'topics':['" + topic + "a',{'topic':'" + topic
				+ "b','state':{'x':1},'ref':7},'__presence:" + topic + "c','__reserved']}");
		List<JsonNode> frames = IntStream.range(0, 7).mapToObj((i) -> ada.next()).toList();
		assertThat(frames.stream()
			.filter((frame) -> frame.path("type").asString("").startsWith("subscribe"))
			.map((frame) -> frame.path("type").asString() + " " + frame.path("topic").asString() + " "
					+ frame.path("ref").asInt()))
			.containsExactlyInAnyOrder("subscribed " + topic + "a 6", "subscribed " + topic + "b 7",
					"subscribed __presence:" + topic + "c 6", "subscribe-denied __reserved 6");
		assertThat(frames).filteredOn((frame) -> isState(frame, topic + "a")).hasSize(1);
		assertThat(frames).filteredOn((frame) -> isState(frame, topic + "c")).hasSize(1);
		assertThat(frames).filteredOn((frame) -> isState(frame, topic + "b"))
			.singleElement()
			.matches((frame) -> frame.path("states").path(ada.id()).path("state").path("x").asInt() == 1);
		assertThat(server().service().isPresent(topic + "c", "ada")).isFalse();
	}

	@Verifies("C8")
	void takesABatchOfAHundred() {
		String topic = topic();
		WireClient ada = client("ada");
		String hundred = IntStream.range(0, 100)
			.mapToObj((i) -> "'__presence:" + topic + "." + i + "'")
			.collect(Collectors.joining(","));
		ada.send("{'type':'subscribe-batch','topics':[" + hundred + ",'" + topic + "']}");
		error(ada, "bad-frame");
		assertThat(ada.drain()).isEmpty();
		ada.send("{'type':'subscribe-batch','topics':[" + hundred + "]}");
		List<JsonNode> frames = IntStream.range(0, 200).mapToObj((i) -> ada.next()).toList();
		assertThat(frames).filteredOn((frame) -> WireClient.kind(frame).equals("subscribed")).hasSize(100);
		assertThat(frames).filteredOn((frame) -> WireClient.kind(frame).equals("state")).hasSize(100);
	}

	@Verifies({ "C9", "C10", "S10" })
	void unsubscribeLeavesAndEndsTheObserving() {
		String topic = topic();
		WireClient ada = client("ada");
		WireClient bob = client("bob");
		ada.join(topic);
		bob.join(topic);
		ada.next("diff");
		bob.send("{'type':'unsubscribe','topic':'" + topic + "','ref':3}");
		JsonNode unsubscribed = bob.await("unsubscribed");
		assertThat(unsubscribed.path("topic").asString()).isEqualTo(topic);
		assertThat(unsubscribed.path("reason").asString()).isEqualTo("leave");
		assertThat(unsubscribed.path("ref").asInt()).isEqualTo(3);
		JsonNode diff = ada.next();
		assertDiff(diff, List.of(), List.of("bob"));
		assertThat(diff.path("reasons").path("bob").asString()).isEqualTo("leave");
		bob.drain();
		client("eve").join(topic);
		ada.next("diff");
		assertThat(bob.drain()).isEmpty();
	}

	@Verifies({ "C11", "C12" })
	void ownSubscriptionOutlastsTheLeave() {
		String topic = topic();
		WireClient ada = client("ada");
		ada.join(topic);
		ada.observe(topic);
		ada.send("{'type':'unsubscribe','topic':'" + topic + "'}");
		ada.await("unsubscribed");
		assertDiff(ada.await("diff"), List.of(), List.of("ada"));
		client("bob").join(topic);
		assertDiff(ada.next(), List.of("bob"), List.of());
		ada.send("{'type':'unsubscribe','topic':'__presence:" + topic + "'}");
		assertThat(ada.next("unsubscribed").path("topic").asString()).isEqualTo("__presence:" + topic);
		WireClient eve = client("eve");
		eve.join(topic);
		assertThat(ada.drain()).isEmpty();
	}

	@Verifies({ "C13", "C21", "P29" })
	void snapshotBringsTheRosterOnceForManyRequests() {
		String topic = topic();
		WireClient ada = client("ada");
		ada.join(topic);
		for (int i = 0; i < 5; i++) {
			ada.send("{'type':'presence-snapshot','topic':'__presence:" + topic + "'}");
		}
		assertMembers(ada.next("state"), "ada");
		ada.drain();
		ada.send("{'type':'presence-snapshot','topic':'" + topic + "'}");
		assertMembers(ada.next("state"), "ada");
		assertThat(ada.drain().size()).isLessThan(2);
	}

	@Verifies("C14")
	void snapshotWithAPositionBringsWhatIsMissing() {
		String topic = topic();
		WireClient ada = client("ada");
		JsonNode old = ada.join(topic);
		client("bob").join(topic);
		JsonNode diff = ada.next("diff");
		ada.send("{'type':'presence-snapshot','topic':'" + topic + "'," + position(old) + "}");
		JsonNode again = ada.next("diff");
		assertThat(again.path("from").asLong()).isEqualTo(old.path("v").asLong());
		assertThat(again.path("v").asLong()).isEqualTo(diff.path("v").asLong());
		assertDiff(again, List.of("bob"), List.of());
		ada.send("{'type':'presence-snapshot','topic':'" + topic + "'," + position(diff) + "}");
		assertThat(ada.next("current").path("v").asLong()).isEqualTo(diff.path("v").asLong());
		ada.send("{'type':'presence-snapshot','topic':'" + topic + "','epoch':'of another time','v':1}");
		assertMembers(ada.next("state"), "ada", "bob");
	}

	@Verifies({ "C15", "C16", "C21", "P34", "P31" })
	void publishesReplacesAndClearsAState() {
		String topic = topic();
		WireClient ada = client("ada");
		ada.join(topic);
		ada.send("{'type':'presence-state','topic':'" + topic + "','state':{'status':'typing'}}");
		JsonNode first = ada.next();
		assertDiff(first, List.of(), List.of());
		JsonNode typing = first.path("states").path(ada.id());
		assertThat(typing.path("key").asString()).isEqualTo("ada");
		assertThat(typing.path("state").path("status").asString()).isEqualTo("typing");
		ada.send("{'type':'presence-state','topic':'__presence:" + topic + "','state':[1]}");
		JsonNode replaced = ada.next("diff").path("states").path(ada.id());
		assertThat(replaced.path("state").isArray()).isTrue();
		assertThat(replaced.path("n").asLong()).isGreaterThan(typing.path("n").asLong());
		ada.send("{'type':'presence-state','topic':'" + topic + "','state':null}");
		JsonNode cleared = ada.next("diff").path("states").path(ada.id());
		assertThat(cleared.path("state").isNull()).isTrue();
		assertThat(cleared.path("key").asString()).isEqualTo("ada");
		assertThat(client("bob").join(topic).path("states")).isEmpty();
	}

	@Verifies("C17")
	void aStateClearsItself() {
		String topic = topic();
		WireClient ada = client("ada");
		ada.join(topic);
		ada.send("{'type':'presence-state','topic':'" + topic + "','state':1,'expireAfter':150}");
		assertThat(ada.next("diff").path("states").path(ada.id()).path("state").asInt()).isEqualTo(1);
		assertThat(ada.next("diff").path("states").path(ada.id()).path("state").isNull()).isTrue();
		WireClient bob = client("bob");
		bob.send("{'type':'subscribe','topic':'" + topic + "','state':2,'expireAfter':150}");
		bob.next("subscribed");
		assertThat(ada.next("diff").path("states").path(bob.id()).path("state").asInt()).isEqualTo(2);
		assertThat(ada.next("diff").path("states").path(bob.id()).path("state").isNull()).isTrue();
	}

	@Verifies({ "C18", "S17" })
	void aStateNeedsAJoin() {
		String topic = topic();
		WireClient ada = client("ada");
		ada.send("{'type':'presence-state','topic':'" + topic + "','state':1,'ref':5}");
		JsonNode error = error(ada, "not-joined");
		assertThat(error.path("topic").asString()).isEqualTo(topic);
		assertThat(error.path("ref").asInt()).isEqualTo(5);
		ada.observe(topic);
		ada.send("{'type':'presence-state','topic':'__presence:" + topic + "','state':1}");
		error(ada, "not-joined");
	}

	@Verifies("C19")
	void answersAPing() {
		WireClient ada = client("ada");
		ada.send("{'type':'ping'}");
		assertThat(ada.next()).hasToString("{\"type\":\"pong\"}");
	}

	@Verifies("C20")
	void pings() {
		ConformanceServer server = server("presence.websocket.ping-interval=200ms",
				"presence.websocket.pong-timeout=1s", "presence.websocket.send-timeout=2s");
		WireClient ada = client(server, "ada");
		ada.awaitPings(3);
		String topic = topic();
		ada.join(topic);
		WireClient bob = client(server, "bob");
		bob.join(topic);
		ada.next("diff");
		bob.socket().ignorePings();
		JsonNode diff = ada.next("diff");
		assertDiff(diff, List.of(), List.of("bob"));
		assertThat(diff.path("reasons").path("bob").asString()).isEqualTo("timeout");
		bob.awaitClose();
		assertThat(ada.isClosed()).isFalse();
	}

	@Verifies({ "C22", "C31" })
	void answersRepeatTheTopicAndTheRef() {
		String topic = topic();
		WireClient ada = client("ada");
		for (String sent : List.of("__presence:" + topic, topic)) {
			ada.send("{'type':'subscribe','topic':'" + sent + "','ref':-7}");
			JsonNode subscribed = ada.next("subscribed");
			assertThat(subscribed.path("topic").asString()).isEqualTo(sent);
			assertThat(subscribed.path("ref").asLong()).isEqualTo(-7);
			JsonNode state = ada.await("state");
			ada.drain();
			ada.send("{'type':'presence-snapshot','topic':'" + sent + "'," + position(state) + "}");
			assertThat(ada.next("current").path("topic").asString()).isEqualTo(sent);
			ada.send("{'type':'presence-state','topic':'" + sent + "','state':'" + "x".repeat(1100) + "','ref':8}");
			JsonNode error = error(ada, "state-too-large");
			assertThat(error.path("topic").asString()).isEqualTo(sent);
			assertThat(error.path("ref").asInt()).isEqualTo(8);
		}
		for (String sent : List.of("__presence:" + topic, topic)) {
			ada.send("{'type':'unsubscribe','topic':'" + sent + "','ref':9007199254740991}");
			JsonNode unsubscribed = ada.await("unsubscribed");
			assertThat(unsubscribed.path("topic").asString()).isEqualTo(sent);
			assertThat(unsubscribed.path("ref").asLong()).isEqualTo(9007199254740991L);
		}
	}

	@Verifies("C24")
	void subscribeAtTheNewestPositionIsCurrent() {
		String topic = topic();
		JsonNode state = client("ada").join(topic);
		WireClient watcher = client("watcher");
		watcher.send("{'type':'subscribe','topic':'__presence:" + topic + "'," + position(state) + "}");
		watcher.next("subscribed");
		JsonNode current = watcher.next("current");
		assertThat(current.path("topic").asString()).isEqualTo("__presence:" + topic);
		assertThat(current.path("epoch")).isEqualTo(state.path("epoch"));
		assertThat(current.path("v")).isEqualTo(state.path("v"));
		assertThat(watcher.drain()).isEmpty();
	}

	@Verifies({ "C25", "P10" })
	void subscribeAtAnEarlierPositionIsOneDiff() {
		String topic = topic();
		WireClient ada = client("ada");
		JsonNode state = ada.join(topic);
		client("bob").join(topic);
		ada.next("diff");
		client("eve").join(topic);
		JsonNode last = ada.next("diff");
		WireClient watcher = client("watcher");
		watcher.send("{'type':'subscribe','topic':'__presence:" + topic + "'," + position(state) + "}");
		watcher.next("subscribed");
		JsonNode diff = watcher.next();
		assertDiff(diff, List.of("bob", "eve"), List.of());
		assertThat(diff.path("from")).isEqualTo(state.path("v"));
		assertThat(diff.path("v")).isEqualTo(last.path("v"));
		assertThat(watcher.drain()).isEmpty();
	}

	@Verifies("C26")
	void aRepeatedSubscribeIsAnsweredAgain() {
		String topic = topic();
		WireClient ada = client("ada");
		JsonNode state = ada.join(topic);
		assertMembers(ada.join(topic), "ada");
		ada.send("{'type':'subscribe','topic':'" + topic + "'," + position(state) + ",'ref':2}");
		assertThat(ada.next("subscribed").path("ref").asInt()).isEqualTo(2);
		ada.next("current");
		assertThat(ada.drain()).isEmpty();
		assertThat(server().service().count(topic)).isEqualTo(1);
	}

	@Verifies("C27")
	void sendsEachFrameOnce() {
		String topic = topic();
		WireClient ada = client("ada");
		ada.join(topic);
		ada.observe(topic);
		ada.send("{'type':'subscribe-batch','topics':['" + topic + "','__presence:" + topic + "']}");
		ada.next("subscribed");
		ada.await("subscribed");
		ada.await("state");
		ada.drain();
		WireClient bob = client("bob");
		bob.join(topic);
		bob.drain();
		assertDiff(ada.await("diff"), List.of("bob"), List.of());
		assertThat(ada.drain()).noneMatch((frame) -> WireClient.kind(frame).equals("diff"));
	}

	@Verifies({ "C28", "C29", "P4", "P24", "P26", "P27" })
	void beatsLightlyAndFully() {
		ConformanceServer server = server("presence.heartbeat=250ms");
		String topic = topic();
		WireClient ada = client(server, "ada");
		ada.join(topic);
		WireClient light = client(server, "light");
		light.send("{'type':'subscribe','topic':'" + topic + "','heartbeat':'light'}");
		WireClient observer = client(server, "observer");
		observer.send("{'type':'subscribe','topic':'__presence:" + topic + "','heartbeat':'light'}");
		for (int i = 0; i < 3; i++) {
			JsonNode full = ada.await("heartbeat");
			assertThat(full.path("topic").asString()).isEqualTo("__presence:" + topic);
			assertThat(full.path("epoch").isString()).isTrue();
			assertThat(full.path("v").isIntegralNumber()).isTrue();
			assertThat(full.path("data").size()).isEqualTo(full.path("count").asInt());
		}
		assertMembers(ada.await("heartbeat"), "ada", "light");
		for (WireClient client : List.of(light, observer)) {
			JsonNode heartbeat = client.await("heartbeat");
			assertThat(heartbeat.has("data")).isFalse();
			assertThat(heartbeat.path("count").asInt()).isEqualTo(2);
			assertThat(heartbeat.path("epoch").isString()).isTrue();
		}
	}

}
