package io.presence.redis;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;

import org.jspecify.annotations.Nullable;

/**
 * The connection on which one server sends messages. Each new one subscribes to every
 * channel that the link wants of the server.
 */
final class LettuceFeed {

	private static final int MAX_CHANNELS = 500;

	private final LettuceNode node;

	private final LettuceLink link;

	private final RedisURI uri;

	private final AtomicBoolean opening = new AtomicBoolean();

	private volatile @Nullable StatefulRedisPubSubConnection<String, String> connection;

	LettuceFeed(LettuceNode node, LettuceLink link, RedisURI uri) {
		this.node = node;
		this.link = link;
		this.uri = uri;
	}

	void open() {
		open(LettuceNode.FIRST_PAUSE);
	}

	boolean isOpen() {
		return this.connection != null;
	}

	/**
	 * Closes the connection; another one is opened unless the server is not used any
	 * more.
	 */
	void close() {
		LettuceNode.close(this.connection);
	}

	void subscribe(int bucket, List<String> channels) {
		StatefulRedisPubSubConnection<String, String> connection = this.connection;
		if (connection != null) {
			subscribe(connection, bucket, channels);
		}
	}

	void unsubscribe(int bucket, List<String> channels) {
		StatefulRedisPubSubConnection<String, String> connection = this.connection;
		if (connection != null && !channels.isEmpty()) {
			String[] array = channels.toArray(String[]::new);
			if (isSharded(bucket)) {
				connection.async().sunsubscribe(array);
			}
			else {
				connection.async().unsubscribe(array);
			}
		}
	}

	private void open(Duration pause) {
		if (this.node.isClosed() || this.connection != null || !this.opening.compareAndSet(false, true)) {
			return;
		}
		this.link.client().connectPubSubAsync(LettuceNode.CODEC, this.uri).whenComplete((opened, error) -> {
			if (error == null) {
				opened.addListener(new Hearing());
				opened.addListener(this.node.onLoss(() -> {
					this.connection = (this.connection == opened) ? null : this.connection;
					this.link.later(LettuceNode.FIRST_PAUSE, this::open);
				}));
				this.connection = opened;
			}
			this.opening.set(false);
			if (error != null) {
				this.node.failed(error);
				this.link.later(pause, () -> open(LettuceNode.longer(pause)));
			}
			else if (this.node.isClosed() || !opened.isOpen()) {
				this.connection = null;
				opened.closeAsync();
				this.link.later(LettuceNode.FIRST_PAUSE, this::open);
			}
			else {
				this.link.channels(this.node).forEach((bucket, channels) -> subscribe(opened, bucket, channels));
			}
		});
	}

	private void subscribe(StatefulRedisPubSubConnection<String, String> connection, int bucket,
			List<String> channels) {
		for (int from = 0; from < channels.size(); from += MAX_CHANNELS) {
			String[] some = channels.subList(from, Math.min(from + MAX_CHANNELS, channels.size()))
				.toArray(String[]::new);
			CompletionStage<Void> subscribed = isSharded(bucket) ? connection.async().ssubscribe(some)
					: connection.async().subscribe(some);
			subscribed.whenComplete((done, error) -> {
				if (error != null && LettuceNode.cause(error) instanceof RedisCommandExecutionException refusal) {
					this.node.refused(refusal);
					this.link.problems().reportError(String.valueOf(refusal.getMessage()));
					this.link.later(LettuceNode.LONGEST_PAUSE, () -> LettuceNode.close(connection));
				}
			});
		}
	}

	private boolean isSharded(int bucket) {
		return bucket != RedisLink.NO_BUCKET && this.node.isSharded();
	}

	/**
	 * Takes what the server publishes.
	 */
	private final class Hearing extends RedisPubSubAdapter<String, String> {

		@Override
		public void message(String channel, String message) {
			LettuceFeed.this.link.listener().message(channel, message);
		}

		@Override
		public void smessage(String channel, String message) {
			LettuceFeed.this.link.listener().message(channel, message);
		}

		@Override
		public void subscribed(String channel, long count) {
			LettuceFeed.this.link.listener().subscribed(channel);
		}

		@Override
		public void ssubscribed(String channel, long count) {
			LettuceFeed.this.link.listener().subscribed(channel);
		}

		@Override
		public void sunsubscribed(String channel, long count) {
			LettuceFeed.this.link.unsubscribed(channel);
		}

	}

}
