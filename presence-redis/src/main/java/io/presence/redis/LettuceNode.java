package io.presence.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;

import org.jspecify.annotations.Nullable;

/**
 * The connections to one server: that for calls, and the feed. One that is lost is opened
 * again, at the latest after a second.
 */
final class LettuceNode {

	static final RedisCodec<String, String> CODEC = new StringCodec(StandardCharsets.ISO_8859_1);

	static final Duration FIRST_PAUSE = Duration.ofMillis(100);

	static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

	private static final long REOPEN_INTERVAL = Duration.ofSeconds(1).toNanos();

	private final LettuceLink link;

	private final RedisURI uri;

	private final String address;

	private final LettuceFeed feed;

	private volatile @Nullable StatefulRedisConnection<String, String> calls;

	private volatile @Nullable StatefulConnection<String, String> abandoned;

	private volatile ServerInfo info = ServerInfo.UNKNOWN;

	private volatile RedisCallException unavailable;

	private final AtomicBoolean openingCalls = new AtomicBoolean();

	private volatile boolean closed;

	private volatile long answered = System.nanoTime() - Long.MAX_VALUE / 2;

	private volatile long reopened = System.nanoTime() - REOPEN_INTERVAL;

	LettuceNode(LettuceLink link, RedisURI uri, String address) {
		this.link = link;
		this.uri = uri;
		this.address = address;
		this.unavailable = RedisCallException.unavailable(Problem.NOT_CONNECTED, address + ": no connection yet");
		this.feed = new LettuceFeed(this, link, uri);
	}

	void open() {
		openCalls(FIRST_PAUSE);
	}

	/**
	 * Opens nothing any more.
	 */
	void stop() {
		this.closed = true;
	}

	void close() {
		stop();
		close(this.calls);
		this.feed.close();
	}

	boolean isClosed() {
		return this.closed;
	}

	LettuceFeed feed() {
		return this.feed;
	}

	boolean isSharded() {
		return this.info.isSharded();
	}

	Map<String, Object> describe() {
		return Map.of("address", this.address, "version", this.info.version(), "connected", this.calls != null,
				"subscribed", this.feed.isOpen());
	}

	CompletionStage<List<Object>> call(Script script, List<String> keys, List<String> arguments) {
		StatefulRedisConnection<String, String> connection = this.calls;
		if (connection == null) {
			return CompletableFuture.failedFuture(this.unavailable);
		}
		RedisAsyncCommands<String, String> commands = connection.async();
		String[] keyArray = keys.toArray(String[]::new);
		String[] argumentArray = arguments.toArray(String[]::new);
		CompletionStage<List<Object>> reply = commands.evalsha(script.digest(), ScriptOutputType.MULTI, keyArray,
				argumentArray);
		return reply.whenComplete((answer, error) -> {
			if (error == null) {
				this.answered = System.nanoTime();
			}
		}).exceptionallyCompose((error) -> {
			if (cause(error) instanceof RedisNoScriptException) {
				return commands.<List<Object>>eval(script.text(), ScriptOutputType.MULTI, keyArray, argumentArray);
			}
			return CompletableFuture.failedFuture(error);
		})
			.exceptionallyCompose((error) -> CompletableFuture.failedFuture(
					(connection != this.abandoned) ? exception(cause(error)) : RedisCallException.abandoned()));
	}

	boolean hasAnswered(Duration time) {
		return System.nanoTime() - this.answered < time.toNanos();
	}

	boolean publish(String channel, String message) {
		StatefulRedisConnection<String, String> connection = this.calls;
		if (connection == null) {
			return false;
		}
		connection.async().publish(channel, message);
		return true;
	}

	void reopenCalls() {
		this.abandoned = this.calls;
		close(this.calls);
	}

	private void openCalls(Duration pause) {
		if (this.closed || this.calls != null || !this.openingCalls.compareAndSet(false, true)) {
			return;
		}
		this.link.client().connectAsync(CODEC, this.uri).toCompletableFuture().thenCompose((connection) -> {
			connection.addListener(onLoss(() -> {
				this.calls = (this.calls == connection) ? null : this.calls;
				this.unavailable = RedisCallException.unavailable(Problem.NOT_CONNECTED,
						this.address + ": the connection was lost");
				this.link.later(FIRST_PAUSE, () -> openCalls(FIRST_PAUSE));
			}));
			return prepare(connection);
		}).whenComplete((connection, error) -> {
			if (error == null) {
				this.calls = connection;
			}
			this.openingCalls.set(false);
			if (error != null) {
				failed(error);
				this.link.later(pause, () -> openCalls(longer(pause)));
			}
			else {
				opened(connection);
			}
		});
	}

	/**
	 * Learns what the server is, and gives it the scripts.
	 */
	private CompletionStage<StatefulRedisConnection<String, String>> prepare(
			StatefulRedisConnection<String, String> connection) {
		RedisAsyncCommands<String, String> commands = connection.async();
		CompletableFuture<ServerInfo> asked = commands.info()
			.thenApply(ServerInfo::of)
			.exceptionally((denied) -> ServerInfo.UNKNOWN)
			.toCompletableFuture();
		CompletableFuture<?>[] loaded = new CompletableFuture<?>[Script.values().length];
		for (Script script : Script.values()) {
			loaded[script.ordinal()] = commands.scriptLoad(script.text())
				.exceptionally((denied) -> "")
				.toCompletableFuture();
		}
		return CompletableFuture.allOf(loaded)
			.thenCompose((done) -> asked)
			.orTimeout(this.uri.getTimeout().toMillis(), TimeUnit.MILLISECONDS)
			.handle((known, error) -> {
				if (error != null || !connection.isOpen()) {
					connection.closeAsync();
					throw new CompletionException((error != null) ? error
							: RedisCallException.lost("The connection to " + this.address + " was lost"));
				}
				known.report(this.link.problems(), this.address);
				this.info = known;
				return connection;
			});
	}

	private void opened(StatefulRedisConnection<String, String> connection) {
		if (this.closed || !connection.isOpen()) {
			this.calls = null;
			connection.closeAsync();
			this.link.later(FIRST_PAUSE, () -> openCalls(FIRST_PAUSE));
			return;
		}
		this.feed.open();
		this.link.listener().connected();
	}

	/**
	 * Learns that a connection could not be opened.
	 * @param error what failed
	 */
	void failed(Throwable error) {
		if (!this.closed) {
			String reason = this.address + ": " + reason(error);
			this.unavailable = RedisCallException.unavailable(problem(error), reason);
			this.link.problems().report(problem(error), reason);
			this.link.look();
		}
	}

	private RedisCallException exception(Throwable error) {
		return (error instanceof RedisCommandExecutionException refusal) ? refused(refusal)
				: RedisCallException.lost(this.address + ": " + reason(error));
	}

	/**
	 * Learns that the server refused a command, which can mean that it is not the master
	 * any more.
	 * @param error its answer
	 * @return the exception for who gave the command
	 */
	RedisCallException refused(RedisCommandExecutionException error) {
		String message = String.valueOf(error.getMessage());
		Problem problem = Problem.ofError(message);
		if (problem == Problem.MOVING) {
			this.link.look();
		}
		else if (problem == Problem.READ_ONLY && System.nanoTime() - this.reopened > REOPEN_INTERVAL) {
			this.reopened = System.nanoTime();
			reopenCalls();
			this.feed.close();
		}
		return RedisCallException.refused(message);
	}

	RedisConnectionStateListener onLoss(Runnable action) {
		return new RedisConnectionStateListener() {

			@Override
			public void onRedisDisconnected(RedisChannelHandler<?, ?> connection) {
				close(connection);
				if (!LettuceNode.this.closed) {
					LettuceNode.this.link.look();
					action.run();
				}
			}

		};
	}

	static void close(@Nullable StatefulConnection<String, String> connection) {
		if (connection instanceof RedisChannelHandler<?, ?> handler) {
			close(handler);
		}
	}

	private static void close(RedisChannelHandler<?, ?> connection) {
		if (!connection.isClosed()) {
			connection.closeAsync();
		}
	}

	static Duration longer(Duration pause) {
		Duration doubled = pause.multipliedBy(2);
		return (doubled.compareTo(LONGEST_PAUSE) < 0) ? doubled : LONGEST_PAUSE;
	}

	/**
	 * Finds out why there is no connection.
	 * @param error what failed
	 * @return what an answer of the server means, or that there is none
	 */
	static Problem problem(Throwable error) {
		return (root(error) instanceof RedisCommandExecutionException ex)
				? Problem.ofError(String.valueOf(ex.getMessage())) : Problem.NOT_CONNECTED;
	}

	/**
	 * Finds out why something failed, below what Lettuce wraps around it.
	 * @param error what failed
	 * @return the message of what caused it
	 */
	static String reason(Throwable error) {
		Throwable root = root(error);
		return (root.getMessage() != null) ? root.getMessage() : root.getClass().getSimpleName();
	}

	private static Throwable root(Throwable error) {
		Throwable root = error;
		while (root.getCause() != null && root.getCause() != root) {
			root = root.getCause();
		}
		return root;
	}

	static Throwable cause(Throwable error) {
		return (error instanceof CompletionException && error.getCause() != null) ? cause(error.getCause()) : error;
	}

}
