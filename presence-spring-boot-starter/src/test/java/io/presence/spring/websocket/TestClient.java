package io.presence.spring.websocket;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A client on a real socket that writes frames by hand and keeps those that it gets.
 */
public final class TestClient implements WebSocket.Listener, AutoCloseable {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private static final HttpClient http = HttpClient.newHttpClient();

	private static final JsonMapper json = new JsonMapper();

	private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();

	private final CompletableFuture<Integer> closed = new CompletableFuture<>();

	private final StringBuilder parts = new StringBuilder();

	private final WebSocket socket;

	private TestClient(URI uri, Map<String, String> headers) {
		WebSocket.Builder builder = http.newWebSocketBuilder();
		headers.forEach(builder::header);
		this.socket = builder.buildAsync(uri, this).orTimeout(20, TimeUnit.SECONDS).join();
	}

	public static TestClient connect(int port, String path) {
		return connect(port, path, Map.of());
	}

	public static TestClient connect(int port, String path, Map<String, String> headers) {
		return new TestClient(URI.create("ws://localhost:" + port + path), headers);
	}

	public void send(String frame) {
		this.socket.sendText(frame.replace('\'', '"'), true).join();
	}

	public void sendRaw(String text) {
		this.socket.sendText(text, true).join();
	}

	/**
	 * Sends a text, and does not mind if the link is closed or the text cannot be sent.
	 */
	public void trySend(String text) {
		this.socket.sendText(text, true).orTimeout(20, TimeUnit.SECONDS).exceptionally((failure) -> null).join();
	}

	/**
	 * Returns the frames that came since they were asked for last.
	 */
	public List<String> received() {
		List<String> received = new ArrayList<>();
		this.frames.drainTo(received);
		return received;
	}

	public CompletableFuture<WebSocket> sendBinary(byte[] bytes) {
		return this.socket.sendBinary(ByteBuffer.wrap(bytes), true);
	}

	public String nextText() throws InterruptedException {
		String frame = this.frames.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
		assertThat(frame).as("a frame from the server").isNotNull();
		return frame;
	}

	public JsonNode next() throws InterruptedException {
		return json.readTree(nextText());
	}

	/**
	 * Skips frames until one is of a type or an event.
	 */
	public JsonNode next(String typeOrEvent) throws InterruptedException {
		while (true) {
			JsonNode frame = next();
			if (frame.path("type").asString("").equals(typeOrEvent)
					|| frame.path("event").asString("").equals(typeOrEvent)) {
				return frame;
			}
		}
	}

	public TestClient welcomed() throws InterruptedException {
		assertThat(next().path("type").asString()).isEqualTo("welcome");
		return this;
	}

	public TestClient joined(String topic) throws InterruptedException {
		send("{'type':'subscribe','topic':'" + topic + "'}");
		next("subscribed");
		next("state");
		return this;
	}

	public int closeCode() {
		return this.closed.orTimeout(20, TimeUnit.SECONDS).join();
	}

	public boolean isClosed() {
		return this.closed.isDone();
	}

	public void abort() {
		this.socket.abort();
	}

	@Override
	public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
		this.parts.append(data);
		if (last) {
			this.frames.add(this.parts.toString());
			this.parts.setLength(0);
		}
		webSocket.request(1);
		return null;
	}

	@Override
	public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
		this.closed.complete(statusCode);
		return null;
	}

	@Override
	public void onError(WebSocket webSocket, Throwable error) {
		this.closed.completeExceptionally(error);
	}

	@Override
	public void close() {
		close(WebSocket.NORMAL_CLOSURE);
	}

	public void close(int code) {
		this.socket.sendClose(code, "").exceptionally((failure) -> null).join();
	}

}
