package io.presence.redis.testing;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A Redis master with a replica, and a Sentinel that promotes the replica when the master
 * is lost; each a process on the loopback interface.
 */
public final class RedisSentinelServers implements AutoCloseable {

	/** The name under which Sentinel knows the master. */
	public static final String MASTER = "presence";

	private final RedisServer master;

	private final RedisServer replica;

	private @Nullable RedisServer sentinel;

	private RedisSentinelServers() {
		this.master = RedisServer.launch("--repl-diskless-sync-delay", "0");
		this.replica = RedisServer.launch("--replicaof", "127.0.0.1 " + this.master.port(),
				"--repl-diskless-sync-delay", "0");
	}

	/**
	 * Starts the three servers.
	 * @return them, when the replica follows the master and Sentinel knows both
	 */
	public static RedisSentinelServers start() {
		RedisSentinelServers servers = new RedisSentinelServers();
		try {
			servers.await(() -> servers.replica.execute((redis) -> redis.info("replication"))
				.contains("master_link_status:up"));
			servers.sentinel = RedisServer.launchSentinel("""
					sentinel monitor %s 127.0.0.1 %d 1
					sentinel down-after-milliseconds %s 500
					sentinel failover-timeout %s 3000
					""".formatted(MASTER, servers.master.port(), MASTER, MASTER));
			servers.await(() -> servers.sentinel().execute(RedisSentinelServers::sentinelInfo).contains("slaves=1"));
			return servers;
		}
		catch (RuntimeException ex) {
			servers.close();
			throw ex;
		}
	}

	private static String sentinelInfo(RedisCommands<String, String> redis) {
		return redis.info("sentinel");
	}

	private void await(Callable<Boolean> condition) {
		// A server that changes its role closes the connections of its clients.
		Awaitility.await()
			.ignoreExceptionsInstanceOf(RedisException.class)
			.pollInterval(Duration.ofMillis(50))
			.atMost(Duration.ofSeconds(30))
			.until(condition);
	}

	/**
	 * Returns the server that is the master at first.
	 * @return the server
	 */
	public RedisServer master() {
		return this.master;
	}

	/**
	 * Returns the server that follows the master at first.
	 * @return the server
	 */
	public RedisServer replica() {
		return this.replica;
	}

	/**
	 * Returns the Sentinel.
	 * @return the server
	 */
	public RedisServer sentinel() {
		RedisServer server = this.sentinel;
		if (server == null) {
			throw new IllegalStateException("The Sentinel has not been started");
		}
		return server;
	}

	/**
	 * Returns where clients ask for the master.
	 * @return the address of the Sentinel and the name of the master
	 */
	public RedisURI uri() {
		return RedisURI.Builder.sentinel("127.0.0.1", sentinel().port(), MASTER)
			.withTimeout(Duration.ofSeconds(5))
			.build();
	}

	/**
	 * Kills the master and waits until the replica is one.
	 */
	public void failOver() {
		this.master.stop();
		await(() -> this.replica.execute((redis) -> redis.info("replication")).contains("role:master"));
	}

	@Override
	public void close() {
		for (RedisServer server : List.of(this.master, this.replica)) {
			server.close();
		}
		if (this.sentinel != null) {
			this.sentinel.close();
		}
	}

}
