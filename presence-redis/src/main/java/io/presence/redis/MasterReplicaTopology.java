package io.presence.redis;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.StringCodec;

/**
 * The master among servers that are listed: each is asked what it is.
 */
final class MasterReplicaTopology implements RedisTopology {

	private final RedisClient client;

	private final List<RedisURI> servers;

	MasterReplicaTopology(RedisClient client, List<RedisURI> servers) {
		this.client = client;
		this.servers = servers;
	}

	@Override
	public CompletionStage<List<RedisURI>> locate() {
		List<CompletableFuture<Boolean>> masters = this.servers.stream().map(this::isMaster).toList();
		return CompletableFuture.allOf(masters.toArray(CompletableFuture<?>[]::new)).thenApply((asked) -> {
			for (int i = 0; i < masters.size(); i++) {
				if (masters.get(i).join()) {
					return Collections.nCopies(Keys.BUCKETS, this.servers.get(i));
				}
			}
			throw new IllegalStateException("no master answers among " + this.servers.stream()
				.map((uri) -> uri.getHost() + ":" + uri.getPort())
				.collect(Collectors.joining(", ")));
		});
	}

	private CompletableFuture<Boolean> isMaster(RedisURI server) {
		return this.client.connectAsync(StringCodec.UTF8, server)
			.toCompletableFuture()
			.thenCompose((connection) -> isMaster(connection, server)
				.whenComplete((answer, error) -> connection.closeAsync()))
			.exceptionally((error) -> false);
	}

	private static CompletableFuture<Boolean> isMaster(StatefulRedisConnection<String, String> connection,
			RedisURI server) {
		return connection.async()
			.info("replication")
			.thenApply((info) -> info.lines().anyMatch("role:master"::equals))
			.toCompletableFuture()
			.orTimeout(server.getTimeout().toMillis(), TimeUnit.MILLISECONDS);
	}

	@Override
	public void close() {
	}

}
