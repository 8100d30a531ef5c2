package io.presence.spring.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import tools.jackson.databind.JsonNode;

import io.presence.spring.conformance.ConformanceServer.Container;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the checks of all sections share: servers, started once for each set of
 * properties, and the clients of one check, closed after it.
 */
abstract class Checks implements AutoCloseable {

	static final WireLoop loop = new WireLoop();

	private static final Map<List<String>, ConformanceServer> servers = new ConcurrentHashMap<>();

	private static final AtomicInteger topics = new AtomicInteger();

	private static Container container = Container.TOMCAT;

	private final List<WireClient> clients = new ArrayList<>();

	/**
	 * Lets all servers from now on be of a container.
	 */
	static void serveWith(Container container) {
		closeServers();
		Checks.container = container;
	}

	static Container container() {
		return container;
	}

	static ConformanceServer server(String... properties) {
		return servers.computeIfAbsent(List.of(properties), (key) -> ConformanceServer.start(container, properties));
	}

	static void closeServers() {
		servers.values().forEach(ConformanceServer::close);
		servers.clear();
	}

	/**
	 * Returns a name that no other check uses.
	 */
	static String topic() {
		return "room:" + topics.incrementAndGet();
	}

	WireClient client(String user) {
		return client(server(), user);
	}

	WireClient client(ConformanceServer server, String user) {
		return tracked(WireClient.open(loop, server.port(), "user=" + user));
	}

	WireClient tracked(WireClient client) {
		this.clients.add(client);
		return client;
	}

	/**
	 * Shows that a connection is served: it joins a topic and hears a neighbour come.
	 */
	void assertServed(ConformanceServer server, WireClient client) {
		String topic = topic();
		client.send("{'type':'subscribe','topic':'" + topic + "','ref':4242}");
		client.await("subscribed", (frame) -> frame.path("ref").asInt(0) == 4242);
		client.await("state", (frame) -> isState(frame, topic));
		String user = "neighbour" + topics.incrementAndGet();
		client(server, user).join(topic);
		client.await("diff that brings " + user,
				(frame) -> frame.path("topic").asString("").equals("__presence:" + topic)
						&& frame.path("data").path("joins").has(user));
	}

	static boolean isState(JsonNode frame, String topic) {
		return frame.path("event").asString("").equals("state")
				&& frame.path("topic").asString().equals("__presence:" + topic);
	}

	static void assertDiff(JsonNode frame, List<String> joins, List<String> leaves) {
		assertThat(WireClient.kind(frame)).as("%s", frame).isEqualTo("diff");
		assertThat(frame.path("data").path("joins").propertyNames()).as("%s", frame)
			.containsExactlyInAnyOrderElementsOf(joins);
		assertThat(frame.path("data").path("leaves").propertyNames()).as("%s", frame)
			.containsExactlyInAnyOrderElementsOf(leaves);
	}

	static void assertMembers(JsonNode frame, String... keys) {
		assertThat(frame.path("data").propertyNames()).as("%s", frame).containsExactlyInAnyOrder(keys);
		assertThat(frame.path("count").asInt()).isEqualTo(keys.length);
	}

	/**
	 * Waits for an error, and returns it.
	 */
	static JsonNode error(WireClient client, String code) {
		JsonNode frame = client.next("error");
		assertThat(frame.path("code").asString()).as("%s", frame).isEqualTo(code);
		return frame;
	}

	static String position(JsonNode frame) {
		return "'epoch':'" + frame.path("epoch").asString() + "','v':" + frame.path("v").asLong();
	}

	@Override
	public void close() {
		this.clients.forEach(WireClient::close);
		this.clients.clear();
	}

}
