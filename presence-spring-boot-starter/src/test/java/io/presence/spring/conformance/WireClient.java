package io.presence.spring.conformance;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One socket for a test: sends what it is given and waits for what comes, in order. Not
 * for use by several threads.
 */
final class WireClient implements WireSocket.Listener, AutoCloseable {

	static final Duration PATIENCE = Duration.ofSeconds(15);

	private static final JsonMapper mapper = new JsonMapper();

	private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

	private final Deque<JsonNode> skipped = new ArrayDeque<>();

	private final CompletableFuture<Integer> answered = new CompletableFuture<>();

	private final CompletableFuture<Integer> closed = new CompletableFuture<>();

	private final AtomicInteger pings = new AtomicInteger();

	private volatile String head = "";

	private final WireSocket socket;

	private JsonNode welcome = mapper.createObjectNode();

	private WireClient(WireLoop loop, int port, byte[] handshake, int receiveBuffer) {
		this.socket = new WireSocket(loop, port, handshake, receiveBuffer, this);
	}

	/**
	 * Opens a socket and waits for the welcome.
	 * @param query what follows the question mark, {@code user=ada}
	 */
	static WireClient open(WireLoop loop, int port, String query) {
		return handshake(loop, port, "/presence?" + query, Map.of(), 0).welcomed();
	}

	/**
	 * Sends a handshake and waits for nothing.
	 */
	static WireClient handshake(WireLoop loop, int port, String path, Map<String, String> headers, int receiveBuffer) {
		return raw(loop, port, WireSocket.handshake(port, path, headers).getBytes(StandardCharsets.US_ASCII),
				receiveBuffer);
	}

	/**
	 * Sends bytes and waits for nothing.
	 */
	static WireClient raw(WireLoop loop, int port, byte[] first, int receiveBuffer) {
		return new WireClient(loop, port, first, receiveBuffer);
	}

	WireClient welcomed() {
		this.welcome = next();
		if (!this.welcome.path("type").asString("").equals("welcome")) {
			throw new AssertionError("The first frame is no welcome: " + this.welcome);
		}
		return this;
	}

	JsonNode welcome() {
		return this.welcome;
	}

	String id() {
		return this.welcome.path("connectionId").asString();
	}

	WireSocket socket() {
		return this.socket;
	}

	String head() {
		return this.head;
	}

	int pings() {
		return this.pings.get();
	}

	/**
	 * Sends a text frame.
	 * @param json a frame with single quotes for double ones
	 */
	WireClient send(String json) {
		return sendText(json.replace('\'', '"'));
	}

	WireClient sendText(String text) {
		this.socket.send(text);
		return this;
	}

	/**
	 * Returns the next frame, whatever it is.
	 */
	JsonNode next() {
		JsonNode kept = this.skipped.poll();
		return (kept != null) ? kept : poll(PATIENCE);
	}

	/**
	 * Returns the next frame, which must be of a type or event.
	 */
	JsonNode next(String kind) {
		JsonNode frame = next();
		if (!kind(frame).equals(kind)) {
			throw new AssertionError("Expected a " + kind + " but received " + frame);
		}
		return frame;
	}

	/**
	 * Returns the first frame that is wanted, and keeps those before it for
	 * {@link #next}.
	 */
	JsonNode await(String what, Predicate<JsonNode> wanted) {
		for (JsonNode frame : this.skipped) {
			if (wanted.test(frame)) {
				this.skipped.remove(frame);
				return frame;
			}
		}
		long end = System.nanoTime() + PATIENCE.toNanos();
		List<JsonNode> seen = new ArrayList<>(this.skipped);
		while (true) {
			String text = pollText(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
			if (text == null) {
				throw new AssertionError("No " + what + " within " + PATIENCE.toSeconds() + " s, only " + seen);
			}
			JsonNode frame = mapper.readTree(text);
			if (wanted.test(frame)) {
				return frame;
			}
			seen.add(frame);
			this.skipped.add(frame);
		}
	}

	JsonNode await(String kind) {
		return await(kind, (frame) -> kind(frame).equals(kind));
	}

	/**
	 * Returns the frames that came until now, by waiting for the answer to a ping that
	 * goes behind them.
	 */
	List<JsonNode> drain() {
		send("{'type':'ping'}");
		List<JsonNode> frames = new ArrayList<>();
		for (JsonNode frame = next(); !kind(frame).equals("pong"); frame = next()) {
			frames.add(frame);
		}
		return frames;
	}

	/**
	 * Counts the frames that came and were not asked for yet.
	 */
	int received(Predicate<JsonNode> wanted) {
		for (String text = this.received.poll(); text != null; text = this.received.poll()) {
			this.skipped.add(mapper.readTree(text));
		}
		return (int) this.skipped.stream().filter(wanted).count();
	}

	/**
	 * Joins a topic, and returns the snapshot that follows.
	 */
	JsonNode join(String topic) {
		send("{'type':'subscribe','topic':'" + topic + "'}");
		next("subscribed");
		return next("state");
	}

	JsonNode observe(String topic) {
		return join("__presence:" + topic);
	}

	int awaitAnswer() {
		return get(this.answered, "No answer to the handshake");
	}

	int awaitClose() {
		return get(this.closed, "The socket is still open");
	}

	boolean isClosed() {
		return this.closed.isDone();
	}

	void awaitPings(int count) {
		Awaitility.await().atMost(PATIENCE).until(() -> this.pings.get() >= count);
	}

	static String kind(JsonNode frame) {
		return frame.path("event").asString(frame.path("type").asString(""));
	}

	private JsonNode poll(Duration patience) {
		String text = pollText(patience);
		if (text == null) {
			throw new AssertionError("Nothing received within " + patience.toSeconds() + " s"
					+ (this.closed.isDone() ? ", the socket is closed: " + this.closed.join() : ""));
		}
		return mapper.readTree(text);
	}

	private @Nullable String pollText(Duration patience) {
		try {
			return this.received.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return null;
		}
	}

	private static <T> T get(CompletableFuture<T> future, String message) {
		try {
			return future.get(PATIENCE.toSeconds() * 2, TimeUnit.SECONDS);
		}
		catch (TimeoutException ex) {
			throw new AssertionError(message, ex);
		}
		catch (InterruptedException | ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void answered(int status, String head) {
		this.head = head;
		this.answered.complete(status);
	}

	@Override
	public void text(String text) {
		this.received.add(text);
	}

	@Override
	public void pinged() {
		this.pings.incrementAndGet();
	}

	@Override
	public void closed(int code) {
		this.answered.complete(0);
		this.closed.complete(code);
	}

	@Override
	public void close() {
		this.socket.drop();
	}

}
