package io.presence.sample.support;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client of the wire protocol, written for tests: one socket in one topic, which keeps
 * the members by the version rule and remembers every edge that it saw.
 */
public final class PresenceSocket implements WebSocket.Listener, AutoCloseable {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final HttpClient HTTP = HttpClient.newBuilder()
		.executor(Executors.newFixedThreadPool(4, PresenceSocket::daemon))
		.connectTimeout(Duration.ofSeconds(10))
		.build();

	private final String topic;

	private final StringBuilder text = new StringBuilder();

	private final Map<String, JsonNode> members = new TreeMap<>();

	/** By connection: the key of its member, and what it publishes. */
	private final Map<String, State> states = new TreeMap<>();

	private final List<String> edges = new ArrayList<>();

	private final CompletableFuture<Void> subscribed = new CompletableFuture<>();

	private final CompletableFuture<Integer> closed = new CompletableFuture<>();

	private WebSocket socket;

	private CompletableFuture<WebSocket> sent = CompletableFuture.completedFuture(null);

	private String connectionId = "";

	private String epoch = "";

	private long version = -1;

	private boolean known;

	private int count;

	private PresenceSocket(String topic) {
		this.topic = topic;
	}

	private static Thread daemon(Runnable task) {
		Thread thread = new Thread(task, "presence-socket");
		thread.setDaemon(true);
		return thread;
	}

	/** Joins a topic as a user, and waits until the roster has come. */
	public static PresenceSocket join(int port, String topic, String user) {
		return joining(port, topic, user).join();
	}

	/** Joins a topic as a user. */
	public static CompletableFuture<PresenceSocket> joining(int port, String topic, String user) {
		return open(port, "?user=" + user, topic, topic);
	}

	/** Observes a topic without joining, and waits until the roster has come. */
	public static PresenceSocket observe(int port, String topic) {
		return open(port, "", topic, "__presence:" + topic).join();
	}

	private static CompletableFuture<PresenceSocket> open(int port, String query, String topic, String subscription) {
		PresenceSocket client = new PresenceSocket(topic);
		URI uri = URI.create("ws://127.0.0.1:" + port + "/presence" + query);
		return HTTP.newWebSocketBuilder().buildAsync(uri, client).thenCompose((socket) -> {
			client.socket = socket;
			return client
				.send("{\"type\":\"subscribe\",\"topic\":" + JSON.writeValueAsString(subscription)
						+ ",\"heartbeat\":\"light\"}")
				.thenCompose((sent) -> client.subscribed)
				.orTimeout(30, TimeUnit.SECONDS)
				.thenApply((done) -> client);
		});
	}

	/** Sends frames one after the other, as the socket demands. */
	private synchronized CompletableFuture<WebSocket> send(String frame) {
		this.sent = this.sent.handle((last, failed) -> this.socket)
			.thenCompose((socket) -> socket.sendText(frame, true));
		return this.sent;
	}

	@Override
	public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
		this.text.append(data);
		if (last) {
			JsonNode frame = JSON.readTree(this.text.toString());
			this.text.setLength(0);
			if (frame.path("topic").asString("").equals("__presence:" + this.topic)) {
				receive(frame);
			}
			else if (frame.path("type").asString("").equals("welcome")) {
				this.connectionId = frame.path("connectionId").asString();
			}
		}
		socket.request(1);
		return null;
	}

	private synchronized void receive(JsonNode frame) {
		boolean same = frame.path("epoch").asString("").equals(this.epoch);
		long v = frame.path("v").asLong(-1);
		switch (frame.path("event").asString("")) {
			case "state" -> {
				replace(frame);
				this.epoch = frame.path("epoch").asString("");
			}
			case "diff" -> {
				if (same && v <= this.version) {
					return;
				}
				if (!same || frame.path("from").asLong(-1) != this.version) {
					ask();
					return;
				}
				apply(frame);
			}
			case "heartbeat" -> {
				if (!same || v != this.version) {
					ask();
				}
				return;
			}
			default -> {
				return;
			}
		}
		this.version = v;
		this.count = frame.path("count").asInt();
		this.subscribed.complete(null);
	}

	private void ask() {
		send("{\"type\":\"presence-snapshot\",\"topic\":" + JSON.writeValueAsString(this.topic) + "}");
	}

	private void replace(JsonNode frame) {
		Map<String, JsonNode> now = new TreeMap<>();
		frame.path("data").properties().forEach((entry) -> now.put(entry.getKey(), entry.getValue()));
		if (this.known) {
			this.members.keySet()
				.stream()
				.filter((key) -> !now.containsKey(key))
				.forEach((key) -> edge("leave", key, "unknown"));
			now.keySet()
				.stream()
				.filter((key) -> !this.members.containsKey(key))
				.forEach((key) -> edge("join", key, ""));
		}
		this.known = true;
		this.members.clear();
		this.members.putAll(now);
		this.states.clear();
		applyStates(frame);
	}

	private void apply(JsonNode frame) {
		frame.path("data").path("leaves").properties().forEach((entry) -> {
			this.members.remove(entry.getKey());
			this.states.values().removeIf((state) -> state.key().equals(entry.getKey()));
			edge("leave", entry.getKey(), frame.path("reasons").path(entry.getKey()).asString("unknown"));
		});
		frame.path("data").path("joins").properties().forEach((entry) -> {
			if (this.members.put(entry.getKey(), entry.getValue()) == null) {
				edge("join", entry.getKey(), "");
			}
		});
		applyStates(frame);
	}

	private void applyStates(JsonNode frame) {
		frame.path("states").properties().forEach((entry) -> {
			JsonNode state = entry.getValue().path("state");
			if (state.isNull()) {
				this.states.remove(entry.getKey());
			}
			else {
				this.states.put(entry.getKey(), new State(entry.getValue().path("key").asString(), state));
			}
		});
	}

	private void edge(String kind, String key, String reason) {
		this.edges.add((kind + " " + key + " " + reason).strip());
	}

	@Override
	public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
		this.closed.complete(code);
		return null;
	}

	@Override
	public void onError(WebSocket socket, Throwable error) {
		this.closed.complete(1006);
		this.subscribed.completeExceptionally(error);
	}

	/** The keys of the members. */
	public synchronized Set<String> keys() {
		return new TreeSet<>(this.members.keySet());
	}

	/** The data of each member, by key. */
	public synchronized Map<String, JsonNode> members() {
		return new TreeMap<>(this.members);
	}

	/** What each connection publishes, by its id. */
	public synchronized Map<String, State> states() {
		return new TreeMap<>(this.states);
	}

	/** The id that the server gave this connection. */
	public String connectionId() {
		return this.connectionId;
	}

	/** Publishes a state. */
	public CompletableFuture<WebSocket> publish(JsonNode state) {
		return send("{\"type\":\"presence-state\",\"topic\":" + JSON.writeValueAsString(this.topic) + ",\"state\":"
				+ state + "}");
	}

	/** What the server says how many they are. */
	public synchronized int count() {
		return this.count;
	}

	/**
	 * Joins and leaves, with the reasons, in order: {@code join ada},
	 * {@code leave ada timeout}.
	 */
	public synchronized List<String> edges() {
		return List.copyOf(this.edges);
	}

	/**
	 * Completes with the code with which the server closed the socket; 1006 if it is
	 * lost.
	 */
	public CompletableFuture<Integer> closed() {
		return this.closed;
	}

	public boolean isOpen() {
		return !this.closed.isDone();
	}

	/** Closes the link without saying so. */
	public void abort() {
		this.socket.abort();
		this.closed.complete(1006);
	}

	@Override
	public void close() {
		if (isOpen()) {
			this.socket.sendClose(WebSocket.NORMAL_CLOSURE, "");
		}
	}

	/**
	 * What a connection publishes.
	 *
	 * @param key the key of its member
	 * @param state the state
	 */
	public record State(String key, JsonNode state) {

	}

}
