package io.presence.redis;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import io.lettuce.core.RedisURI;

/**
 * Knows which server has which bucket.
 */
interface RedisTopology extends AutoCloseable {

	/**
	 * Finds the servers.
	 * @return a stage that completes with one address for each bucket
	 */
	CompletionStage<List<RedisURI>> locate();

	@Override
	void close();

	/**
	 * One server, or one that Sentinels know, has everything.
	 * @param uri its address
	 * @return the topology
	 */
	static RedisTopology single(RedisURI uri) {
		return new RedisTopology() {

			@Override
			public CompletionStage<List<RedisURI>> locate() {
				return CompletableFuture.completedFuture(Collections.nCopies(Keys.BUCKETS, uri));
			}

			@Override
			public void close() {
			}

		};
	}

}
