package io.presence.spring.conformance;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One of many clients: joins a topic as soon as it is welcome and follows its roster as
 * the protocol tells it to.
 */
final class StormClient implements WireSocket.Listener {

	private static final JsonMapper mapper = new JsonMapper();

	final String user;

	final String topic;

	final CompletableFuture<Void> joined = new CompletableFuture<>();

	final CompletableFuture<Integer> closed = new CompletableFuture<>();

	private final WireSocket socket;

	private final RosterDecoder roster;

	private @Nullable Throwable failure;

	StormClient(WireLoop loop, int port, String user, String topic) {
		this.user = user;
		this.topic = topic;
		this.roster = new RosterDecoder(topic);
		this.socket = new WireSocket(loop, port, "/presence?user=" + user + "&name=" + user.toUpperCase(), Map.of(),
				this);
	}

	WireSocket socket() {
		return this.socket;
	}

	void publish(String state, int expireAfter) {
		this.socket.send("{\"type\":\"presence-state\",\"topic\":\"" + this.topic + "\",\"state\":" + state
				+ ((expireAfter > 0) ? ",\"expireAfter\":" + expireAfter : "") + "}");
	}

	/**
	 * Returns what the client shows now: the data of each member, by key, with the state
	 * that was set last.
	 */
	synchronized Map<String, String> shown() {
		Map<String, String> shown = new HashMap<>();
		this.roster.members().forEach((key, data) -> shown.put(key, data + " " + state(key)));
		return shown;
	}

	private String state(String key) {
		return this.roster.states()
			.values()
			.stream()
			.filter((entry) -> entry.path("key").asString().equals(key))
			.max((one, other) -> Long.compare(one.path("n").asLong(), other.path("n").asLong()))
			.map((entry) -> entry.path("state").toString())
			.orElse("null");
	}

	synchronized long version() {
		return this.roster.version();
	}

	/**
	 * Tells what became of the socket: open, the close code, or what was wrong with a
	 * frame.
	 */
	synchronized String state() {
		return (this.failure != null) ? this.failure.toString()
				: this.closed.isDone() ? "closed with " + this.closed.join() : "open";
	}

	@Override
	public synchronized void text(String text) {
		try {
			receive(mapper.readTree(text));
		}
		catch (Throwable ex) {
			this.failure = ex;
		}
	}

	private void receive(JsonNode frame) {
		switch (frame.path("type").asString("")) {
			case "" -> {
				if (!this.roster.receive(frame)) {
					this.socket.send("{\"type\":\"presence-snapshot\",\"topic\":\"" + this.topic + "\"}");
				}
			}
			case "welcome" -> this.socket.send("{\"type\":\"subscribe\",\"topic\":\"" + this.topic
					+ "\",\"heartbeat\":\"light\",\"state\":{\"of\":\"" + this.user + "\"}}");
			case "subscribed" -> this.joined.complete(null);
			default -> throw new AssertionError("Unexpected: " + frame);
		}
	}

	@Override
	public void closed(int code) {
		this.joined.complete(null);
		this.closed.complete(code);
	}

}
