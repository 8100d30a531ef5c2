package io.presence.redis;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * The connections to Redis: calls of scripts, and channels. Nothing waits. What is on its
 * way when a connection closes fails; whether it was carried out is unknown then.
 */
interface RedisLink extends AutoCloseable {

	/** Stands for channels that belong to no bucket and are heard on every server. */
	int NO_BUCKET = -1;

	/**
	 * Begins to connect, and goes on doing so until it is closed.
	 * @param listener what hears of the connections, on any thread
	 */
	void start(Listener listener);

	/**
	 * Tells whether the channels of a bucket are sharded, which scripts must know.
	 * @param bucket the number of the bucket
	 * @return whether they are
	 */
	boolean isSharded(int bucket);

	/**
	 * Calls a script. Calls for one bucket are carried out in order as long as the
	 * connection lives.
	 * @param bucket the bucket of the keys
	 * @param script the script
	 * @param keys its keys
	 * @param arguments its arguments
	 * @return a stage that completes with the reply, or exceptionally with a
	 * {@link RedisCallException}
	 */
	CompletionStage<List<Object>> call(int bucket, Script script, List<String> keys, List<String> arguments);

	/**
	 * Publishes to all servers, if that is possible now.
	 * @param channel the channel
	 * @param message the message
	 */
	void publish(String channel, String message);

	/**
	 * Listens to a channel from now on, also after connections were lost. Each time that
	 * a server confirms it, {@link Listener#subscribed} is called.
	 * @param bucket the bucket of the channel, or {@link #NO_BUCKET}
	 * @param channel the channel
	 */
	void subscribe(int bucket, String channel);

	/**
	 * Ends {@link #subscribe}.
	 * @param bucket the bucket of the channel, or {@link #NO_BUCKET}
	 * @param channel the channel
	 */
	void unsubscribe(int bucket, String channel);

	/**
	 * Tells whether the connection for calls of a bucket brought an answer lately, to any
	 * bucket: then it is slow, not dead.
	 * @param bucket the number of the bucket
	 * @param time how long ago at the most
	 * @return whether it did
	 */
	default boolean hasAnswered(int bucket, Duration time) {
		return false;
	}

	/**
	 * Closes the connection for calls of a bucket, which does not answer, and opens
	 * another one. All calls under way on it fail.
	 * @param bucket the number of the bucket
	 */
	void reopenCalls(int bucket);

	/**
	 * Closes the connection that should bring a bucket's messages, and opens another one
	 * for all its channels.
	 * @param bucket the number of the bucket
	 */
	void reopenFeed(int bucket);

	/**
	 * Tells what an operator wants to know of the servers.
	 * @return details by name: plain JSON values
	 */
	Map<String, Object> details();

	@Override
	void close();

	/**
	 * What hears of the connections.
	 */
	interface Listener {

		/**
		 * Called when calls may succeed again.
		 */
		void connected();

		/**
		 * Called when a server confirmed that it sends the messages of a channel.
		 * @param channel the channel
		 */
		void subscribed(String channel);

		/**
		 * Called with each message.
		 * @param channel the channel
		 * @param message the message
		 */
		void message(String channel, String message);

	}

}
