package io.presence.benchmarks;

import java.util.Map;

import io.presence.engine.ClientSession;
import io.presence.engine.ConnectionDetails;
import io.presence.engine.PresenceEngine;
import io.presence.engine.PresenceTransport;

/**
 * A client that takes every frame at once.
 */
final class Client implements PresenceTransport {

	private static final String EVENT = "\"event\":\"";

	private static final String SNAPSHOT = EVENT + "state\"";

	private static final String LEFT = "{\"type\":\"unsubscribed\"";

	private final Progress progress;

	private final ClientSession session;

	/**
	 * Opens a connection.
	 * @param engine the engine
	 * @param number tells the user from others; the public data takes about 100 bytes
	 * @param progress hears of snapshots and departures
	 */
	Client(PresenceEngine engine, int number, Progress progress) {
		this.progress = progress;
		this.session = engine.open(this, ConnectionDetails.ofUser(Map.of("id", "user-%08d".formatted(number), "name",
				"User number " + number, "avatar", "/avatars/%024d.png".formatted(number))));
	}

	void join(String topic) {
		this.session.receive("{\"type\":\"subscribe\",\"topic\":\"" + topic + "\"}");
	}

	void joinUnobserving(String topic) {
		this.session.receive("{\"type\":\"subscribe\",\"topic\":\"" + topic + "\",\"observe\":false}");
	}

	void leave(String topic) {
		this.session.receive("{\"type\":\"unsubscribe\",\"topic\":\"" + topic + "\"}");
	}

	void close() {
		this.session.closed();
	}

	@Override
	public void send(String frame, SendCallback callback) {
		if (frame.startsWith(LEFT) || frame.startsWith(SNAPSHOT, frame.indexOf(EVENT))) {
			this.progress.one();
		}
		callback.done(null);
	}

	@Override
	public void ping() {
		this.session.alive();
	}

	@Override
	public void close(int code, String reason) {
	}

}
