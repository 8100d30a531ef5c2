package io.presence.redis.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import io.lettuce.core.MigrateArgs;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.ClusterPartitionParser;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode.NodeFlag;
import org.awaitility.Awaitility;

/**
 * A Redis Cluster of masters without replicas, each a process on the loopback interface.
 * It goes on for the slots that are left when a master is lost.
 */
public final class RedisClusterServers implements Resettable {

	private final List<RedisServer> masters = new ArrayList<>();

	private RedisClusterServers() {
	}

	/**
	 * Starts an empty Cluster.
	 * @param size how many masters
	 * @return the Cluster, whose slots are all served
	 */
	public static RedisClusterServers start(int size) {
		RedisClusterServers cluster = new RedisClusterServers();
		try {
			for (int i = 0; i < size; i++) {
				cluster.masters.add(RedisServer.launch("--cluster-enabled", "yes", "--cluster-config-file",
						"nodes.conf", "--cluster-node-timeout", "1000", "--cluster-require-full-coverage", "no"));
			}
			cluster.join();
			return cluster;
		}
		catch (RuntimeException ex) {
			cluster.close();
			throw ex;
		}
	}

	private void join() {
		RedisServer first = this.masters.get(0);
		for (int i = 0; i < this.masters.size(); i++) {
			int from = SlotHash.SLOT_COUNT * i / this.masters.size();
			int to = SlotHash.SLOT_COUNT * (i + 1) / this.masters.size();
			int epoch = i + 1;
			this.masters.get(i).execute((redis) -> {
				redis.clusterSetConfigEpoch(epoch);
				redis.clusterMeet("127.0.0.1", first.port());
				return redis.clusterAddSlots(IntStream.range(from, to).toArray());
			});
		}
		awaitCompleteness();
	}

	private void awaitCompleteness() {
		Awaitility.await()
			.pollInterval(Duration.ofMillis(50))
			.atMost(Duration.ofSeconds(30))
			.until(() -> this.masters.stream().allMatch(this::isComplete));
	}

	private boolean isComplete(RedisServer master) {
		String info = master.execute(RedisCommands::clusterInfo);
		return info.contains("cluster_state:ok") && info.contains("cluster_slots_ok:" + SlotHash.SLOT_COUNT)
				&& info.contains("cluster_known_nodes:" + this.masters.size());
	}

	/**
	 * Returns the masters.
	 * @return all of them, in order of the slots that they got at the start
	 */
	public List<RedisServer> masters() {
		return List.copyOf(this.masters);
	}

	/**
	 * Returns where clients find the Cluster.
	 * @return an address of each master
	 */
	public List<RedisURI> uris() {
		return this.masters.stream().map(RedisServer::uri).toList();
	}

	/**
	 * Returns the master that serves a key.
	 * @param key the key
	 * @return the master
	 */
	public RedisServer masterOf(String key) {
		return masterOf(SlotHash.getSlot(key));
	}

	private RedisServer masterOf(int slot) {
		return this.masters.stream()
			.filter((master) -> master
				.execute((redis) -> redis.clusterCountKeysInSlot(slot) > 0 || serves(redis.clusterNodes(), slot)))
			.findFirst()
			.orElseThrow(() -> new IllegalStateException("No master serves slot " + slot));
	}

	private static boolean serves(String nodes, int slot) {
		return ClusterPartitionParser.parse(nodes)
			.stream()
			.anyMatch((node) -> node.is(NodeFlag.MYSELF) && node.hasSlot(slot));
	}

	/**
	 * Moves a slot with its keys, as a rebalancing would.
	 * @param slot the slot
	 * @param target the master that serves it from now on
	 */
	public void moveSlot(int slot, RedisServer target) {
		RedisServer source = masterOf(slot);
		if (source == target) {
			return;
		}
		String sourceId = source.execute(RedisCommands::clusterMyId);
		String targetId = target.execute(RedisCommands::clusterMyId);
		target.execute((redis) -> redis.clusterSetSlotImporting(slot, sourceId));
		source.execute((redis) -> redis.clusterSetSlotMigrating(slot, targetId));
		source.execute((redis) -> {
			List<String> keys = redis.clusterGetKeysInSlot(slot, 1000);
			while (!keys.isEmpty()) {
				redis.migrate("127.0.0.1", target.port(), 0, 5000, MigrateArgs.Builder.keys(keys).replace());
				keys = redis.clusterGetKeysInSlot(slot, 1000);
			}
			return keys;
		});
		target.execute((redis) -> redis.clusterSetSlotNode(slot, targetId));
		for (RedisServer master : this.masters) {
			master.execute((redis) -> redis.clusterSetSlotNode(slot, targetId));
		}
	}

	/**
	 * Deletes everything on every master that runs.
	 */
	public void flush() {
		this.masters.forEach(RedisServer::flush);
	}

	@Override
	public void reset() {
		this.masters.forEach(RedisServer::reset);
		awaitCompleteness();
	}

	@Override
	public void close() {
		this.masters.forEach(RedisServer::close);
	}

}
