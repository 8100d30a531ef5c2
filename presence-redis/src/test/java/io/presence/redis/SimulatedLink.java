package io.presence.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import org.jspecify.annotations.Nullable;

/**
 * The connections of one instance to a simulated server. Requests, replies and messages
 * take their time, in order on one connection; they are lost with it, and what was on its
 * way may still arrive much later.
 */
final class SimulatedLink implements RedisLink {

	private static final Duration STALL = Duration.ofSeconds(6);

	private final SimulatedTime time;

	private final SimulatedTime.Process process;

	private final SimulatedServer server;

	private final Random random;

	private final Faults faults;

	private final Map<String, Boolean> channels = new LinkedHashMap<>();

	private @Nullable Listener listener;

	private @Nullable Connection calls;

	private @Nullable Connection feed;

	private boolean closed;

	private long callsClosedAt = Long.MIN_VALUE / 2;

	private Duration messageDelay = Duration.ZERO;

	private boolean holdingBatch;

	private @Nullable Runnable heldBatch;

	int reopened;

	SimulatedLink(SimulatedTime time, SimulatedTime.Process process, SimulatedServer server, Random random,
			Faults faults) {
		this.time = time;
		this.process = process;
		this.server = server;
		this.random = random;
		this.faults = faults;
	}

	@Override
	public void start(Listener listener) {
		this.listener = listener;
		this.server.connect(this);
		openCalls();
		openFeed();
	}

	@Override
	public boolean isSharded(int bucket) {
		return false;
	}

	@Override
	public CompletionStage<List<Object>> call(int bucket, Script script, List<String> keys, List<String> arguments) {
		CompletableFuture<List<Object>> answer = new CompletableFuture<>();
		Connection connection = this.calls;
		if (connection == null) {
			answer.completeExceptionally(RedisCallException.lost("not connected"));
			return answer;
		}
		connection.underWay.add(answer);
		Runnable request = () -> this.server.serve(() -> {
			List<Object> reply;
			try {
				reply = this.server.run(script, keys, arguments);
			}
			catch (RedisCallException ex) {
				connection.bring(() -> answer.completeExceptionally(ex));
				return;
			}
			connection.bring(() -> {
				connection.underWay.remove(answer);
				answer.complete(reply);
			});
		});
		if (this.holdingBatch && script == Script.COMMIT) {
			this.holdingBatch = false;
			this.heldBatch = request;
			return answer;
		}
		connection.send(request);
		return answer;
	}

	@Override
	public void publish(String channel, String message) {
		Connection connection = this.calls;
		if (connection != null) {
			connection.send(() -> this.server.serve(() -> this.server.publish(channel, message)));
		}
	}

	@Override
	public void subscribe(int bucket, String channel) {
		this.channels.put(channel, false);
		confirm(this.feed, channel);
	}

	@Override
	public void unsubscribe(int bucket, String channel) {
		this.channels.remove(channel);
	}

	@Override
	public void reopenCalls(int bucket) {
		this.reopened++;
		closeCalls();
		this.process.schedule(this::openCalls, millis(1, 50));
	}

	@Override
	public void reopenFeed(int bucket) {
		closeFeed();
		this.process.schedule(this::openFeed, millis(1, 50));
	}

	@Override
	public Map<String, Object> details() {
		return Map.of();
	}

	@Override
	public void close() {
		this.closed = true;
		closeCalls();
		closeFeed();
	}

	/**
	 * Loses both connections, as when the server stops.
	 */
	void cut() {
		closeCalls();
		closeFeed();
		this.process.schedule(this::openCalls, millis(1, 200));
		this.process.schedule(this::openFeed, millis(1, 200));
	}

	/**
	 * Loses the subscribing connection.
	 */
	void deafen() {
		closeFeed();
		this.process.schedule(this::openFeed, millis(1, 200));
	}

	/**
	 * Learns what was published.
	 * @param channel the channel
	 * @param message the message
	 */
	void published(String channel, String message) {
		Connection connection = this.feed;
		if (connection == null || !Boolean.TRUE.equals(this.channels.get(channel))) {
			return;
		}
		double chance = this.random.nextDouble();
		if (chance < this.faults.lost) {
			return;
		}
		chance -= this.faults.lost;
		int times = (chance < this.faults.doubled) ? 2 : 1;
		chance -= this.faults.doubled;
		boolean overtaken = chance >= 0 && chance < this.faults.reordered;
		Runnable delivery = () -> {
			if (this.listener != null && this.feed == connection && this.channels.containsKey(channel)) {
				this.listener.message(channel, message);
			}
		};
		for (int i = 0; i < times; i++) {
			if (overtaken) {
				this.time.after(millis(1, 300), () -> this.process.run(delivery));
			}
			else {
				this.time.after(this.messageDelay, () -> connection.bring(delivery));
			}
		}
	}

	private void openCalls() {
		if (this.closed || this.calls != null) {
			return;
		}
		if (!this.server.isUp()) {
			this.process.schedule(this::openCalls, millis(100, 1000));
			return;
		}
		this.calls = new Connection();
		if (this.listener != null) {
			this.listener.connected();
		}
	}

	private void openFeed() {
		if (this.closed || this.feed != null) {
			return;
		}
		if (!this.server.isUp()) {
			this.process.schedule(this::openFeed, millis(100, 1000));
			return;
		}
		Connection connection = new Connection();
		this.feed = connection;
		this.channels.replaceAll((channel, confirmed) -> false);
		List.copyOf(this.channels.keySet()).forEach((channel) -> confirm(connection, channel));
	}

	/**
	 * Brings messages later than answers, in order.
	 */
	void delayMessages(Duration delay) {
		this.messageDelay = delay;
	}

	/**
	 * Keeps the next batch on its way, until {@link #deliverBatch} is called.
	 */
	void holdNextBatch() {
		this.holdingBatch = true;
	}

	/**
	 * Lets the batch arrive that was kept, whatever has become of its connection.
	 */
	void deliverBatch() {
		Objects.requireNonNull(this.heldBatch, "No batch was sent").run();
	}

	/**
	 * Tells whether calls may have failed lately.
	 * @param millis how long ago
	 */
	boolean wasCutWithin(long millis) {
		return this.time.now() - this.callsClosedAt < Duration.ofMillis(millis).toNanos();
	}

	private void closeCalls() {
		this.callsClosedAt = this.time.now();
		Connection connection = this.calls;
		this.calls = null;
		if (connection != null) {
			connection.closed = true;
			List<CompletableFuture<List<Object>>> lost = List.copyOf(connection.underWay);
			connection.underWay.clear();
			this.process.schedule(
					() -> lost.forEach((answer) -> answer.completeExceptionally(RedisCallException.lost("closed"))),
					Duration.ZERO);
		}
	}

	private void closeFeed() {
		if (this.feed != null) {
			this.feed.closed = true;
			this.feed = null;
			this.channels.replaceAll((channel, confirmed) -> false);
		}
	}

	private void confirm(@Nullable Connection connection, String channel) {
		if (connection != null) {
			connection.send(() -> this.server.serve(() -> {
				if (this.feed == connection && this.channels.containsKey(channel)) {
					this.channels.put(channel, true);
					connection.bring(() -> {
						if (this.listener != null && this.feed == connection && this.channels.containsKey(channel)) {
							this.listener.subscribed(channel);
						}
					});
				}
			}));
		}
	}

	private Duration millis(int from, int to) {
		return Duration.ofNanos((long) ((from + this.random.nextDouble() * (to - from)) * 1_000_000));
	}

	/**
	 * What goes wrong on the way, each with its share of all.
	 */
	static final class Faults {

		double lost;

		double doubled;

		double reordered;

		/** Requests that arrive although their connection was closed before. */
		double late;

		/** Requests and replies that hold up their connection for seconds. */
		double stalled;

		Duration longestStall() {
			return (this.stalled > 0) ? STALL : Duration.ZERO;
		}

		void end() {
			this.lost = 0;
			this.doubled = 0;
			this.reordered = 0;
			this.late = 0;
			this.stalled = 0;
		}

	}

	private final class Connection {

		private final List<CompletableFuture<List<Object>>> underWay = new ArrayList<>();

		private boolean closed;

		private long lastArrival;

		private long lastReturn;

		void send(Runnable request) {
			this.lastArrival = Math.max(this.lastArrival + 1,
					SimulatedLink.this.time.now() + millis(0, 1).toNanos() + 50_000);
			this.lastArrival += stall();
			SimulatedLink.this.time.at(this.lastArrival, () -> {
				if (!this.closed) {
					request.run();
				}
				else if (SimulatedLink.this.random.nextDouble() < SimulatedLink.this.faults.late) {
					SimulatedLink.this.time.after(millis(1, 3000), request);
				}
			});
		}

		void bring(Runnable delivery) {
			this.lastReturn = Math.max(this.lastReturn + 1,
					SimulatedLink.this.time.now() + millis(0, 1).toNanos() + 50_000);
			this.lastReturn += stall();
			SimulatedLink.this.time.at(this.lastReturn, () -> {
				if (!this.closed) {
					SimulatedLink.this.process.run(delivery);
				}
			});
		}

		private long stall() {
			return (SimulatedLink.this.random.nextDouble() < SimulatedLink.this.faults.stalled)
					? millis(1, (int) STALL.toMillis()).toNanos() : 0;
		}

	}

}
