package io.presence.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;

import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;

/**
 * The masters of a Redis Cluster.
 */
final class ClusterTopology implements RedisTopology {

	private final RedisClusterClient client;

	private final Keys keys;

	ClusterTopology(RedisClusterClient client, Keys keys) {
		this.client = client;
		this.keys = keys;
	}

	@Override
	public CompletionStage<List<RedisURI>> locate() {
		return this.client.refreshPartitionsAsync().thenApply((refreshed) -> {
			List<RedisURI> uris = new ArrayList<>();
			for (int bucket = 0; bucket < Keys.BUCKETS; bucket++) {
				int slot = SlotHash.getSlot(this.keys.bucket(bucket));
				RedisClusterNode master = this.client.getPartitions().getMasterBySlot(slot);
				if (master == null) {
					throw new IllegalStateException("No master of the Redis Cluster serves slot " + slot);
				}
				uris.add(master.getUri());
			}
			return uris;
		});
	}

	@Override
	public void close() {
		this.client.shutdownAsync();
	}

}
