package io.presence.redis.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

import io.lettuce.core.MigrateArgs;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.ClusterPartitionParser;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode.NodeFlag;
import org.awaitility.Awaitility;

/**
 * A Redis Cluster of masters, at first without replicas, each a process on the loopback
 * interface. It goes on for the slots that are left when a master is lost.
 */
public final class RedisClusterServers implements Resettable {

	private final List<RedisServer> masters = new ArrayList<>();

	private final List<RedisServer> replicas = new ArrayList<>();

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
				cluster.masters.add(launch());
			}
			cluster.join();
			return cluster;
		}
		catch (RuntimeException ex) {
			cluster.close();
			throw ex;
		}
	}

	private static RedisServer launch() {
		return RedisServer.launch("--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf",
				"--cluster-node-timeout", "1000", "--cluster-require-full-coverage", "no", "--repl-diskless-sync-delay",
				"0");
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
		await(() -> this.masters.stream().allMatch(this::isComplete));
	}

	private static void await(Callable<Boolean> condition) {
		Awaitility.await().pollInterval(Duration.ofMillis(50)).atMost(Duration.ofSeconds(30)).until(condition);
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
		if (masterOf(slot) != target) {
			Move move = beginMove(slot, target);
			move.moveAllKeys();
			move.end();
		}
	}

	/**
	 * Begins to move a slot with its keys.
	 * @param slot the slot
	 * @param target the master that is to serve it
	 * @return what is left to do
	 */
	public Move beginMove(int slot, RedisServer target) {
		return new Move(slot, masterOf(slot), target);
	}

	/**
	 * Adds a replica, which takes over when its master is lost.
	 * @param master the master
	 * @return the replica, which follows its master
	 */
	public RedisServer addReplica(RedisServer master) {
		RedisServer replica = launch();
		this.replicas.add(replica);
		String id = master.execute(RedisCommands::clusterMyId);
		replica.execute((redis) -> redis.clusterMeet("127.0.0.1", master.port()));
		await(() -> replica.execute(RedisCommands::clusterNodes).contains(id));
		replica.execute((redis) -> redis.clusterReplicate(id));
		await(() -> replica.execute((redis) -> redis.info("replication")).contains("master_link_status:up")
				&& this.masters.stream()
					.allMatch((node) -> node.execute(RedisCommands::clusterNodes).contains("slave " + id)));
		return replica;
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
		this.replicas.forEach(RedisServer::close);
	}

	/**
	 * A slot that is on its way.
	 */
	public final class Move {

		private final int slot;

		private final RedisServer source;

		private final RedisServer target;

		private Move(int slot, RedisServer source, RedisServer target) {
			this.slot = slot;
			this.source = source;
			this.target = target;
			target.execute((redis) -> redis.clusterSetSlotImporting(slot, source.execute(RedisCommands::clusterMyId)));
			source.execute((redis) -> redis.clusterSetSlotMigrating(slot, target.execute(RedisCommands::clusterMyId)));
		}

		/**
		 * Moves one key.
		 * @param key the key
		 */
		public void moveKey(String key) {
			moveKeys(List.of(key));
		}

		/**
		 * Moves all keys that are left.
		 */
		public void moveAllKeys() {
			for (List<String> keys = left(); !keys.isEmpty(); keys = left()) {
				moveKeys(keys);
			}
		}

		/**
		 * Tells all masters that the slot has moved.
		 */
		public void end() {
			String id = this.target.execute(RedisCommands::clusterMyId);
			this.target.execute((redis) -> redis.clusterSetSlotNode(this.slot, id));
			RedisClusterServers.this.masters
				.forEach((master) -> master.execute((redis) -> redis.clusterSetSlotNode(this.slot, id)));
		}

		private List<String> left() {
			return this.source.execute((redis) -> redis.clusterGetKeysInSlot(this.slot, 1000));
		}

		private void moveKeys(List<String> keys) {
			this.source.execute((redis) -> redis.migrate("127.0.0.1", this.target.port(), 0, 5000,
					MigrateArgs.Builder.keys(keys).replace()));
		}

	}

}
