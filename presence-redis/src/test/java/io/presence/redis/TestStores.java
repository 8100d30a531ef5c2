package io.presence.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

import io.lettuce.core.RedisURI;
import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisNode;
import org.springframework.data.redis.connection.RedisSentinelConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import io.presence.concurrent.Scheduler;
import io.presence.concurrent.SystemScheduler;
import io.presence.redis.testing.RedisSentinelServers;
import io.presence.store.StoreProbe;

/**
 * Creates stores on real servers, with short times, and closes them.
 */
final class TestStores implements AutoCloseable {

	/** Everything five times as fast as by default. */
	static final RedisStoreSettings SETTINGS = new RedisStoreSettings("presence:", Duration.ofMillis(2000),
			Duration.ofMillis(600), Duration.ofMillis(250), Duration.ofSeconds(18), Duration.ZERO, 0);

	private final List<RedisPresenceStore> stores = new ArrayList<>();

	private final SystemScheduler scheduler = new SystemScheduler("test-timer");

	private final ExecutorService executor = Executors.newFixedThreadPool(2);

	private final Function<LettuceClientConfiguration, LettuceConnectionFactory> factory;

	TestStores(Function<LettuceClientConfiguration, LettuceConnectionFactory> factory) {
		this.factory = factory;
	}

	static TestStores on(RedisURI uri) {
		RedisStandaloneConfiguration configuration = new RedisStandaloneConfiguration(uri.getHost(), uri.getPort());
		configuration.setDatabase(uri.getDatabase());
		return new TestStores((client) -> new LettuceConnectionFactory(configuration, client));
	}

	static TestStores on(List<RedisURI> uris) {
		RedisClusterConfiguration configuration = new RedisClusterConfiguration();
		uris.forEach((uri) -> configuration.addClusterNode(new RedisNode(uri.getHost(), uri.getPort())));
		return new TestStores((client) -> new LettuceConnectionFactory(configuration, client));
	}

	static TestStores on(RedisSentinelServers servers) {
		RedisSentinelConfiguration configuration = new RedisSentinelConfiguration().master(RedisSentinelServers.MASTER)
			.sentinel("127.0.0.1", servers.sentinel().port());
		return new TestStores((client) -> new LettuceConnectionFactory(configuration, client));
	}

	static RedisStoreSettings with(int maxMembersPerTopic, Duration grace) {
		return new RedisStoreSettings(SETTINGS.keyPrefix(), SETTINGS.lease(), SETTINGS.leaseRenewal(),
				SETTINGS.commandTimeout(), SETTINGS.ttl(), grace, maxMembersPerTopic);
	}

	RedisPresenceStore create(RedisStoreSettings settings) {
		return create(settings, this.scheduler);
	}

	RedisPresenceStore create(RedisStoreSettings settings, Scheduler scheduler) {
		RedisPresenceStore store = RedisPresenceStore.create(
				this.factory.apply(LettuceClientConfiguration.defaultConfiguration()), settings, scheduler,
				this.executor);
		this.stores.add(store);
		return store;
	}

	StoreProbe start() {
		return new StoreProbe(create(SETTINGS));
	}

	/**
	 * Returns what Redis does not know yet.
	 * @return the marks of all stores
	 */
	long pendingMarks() {
		return this.stores.stream().mapToLong((store) -> (Long) store.health().details().get("pendingMarks")).sum();
	}

	@Override
	public void close() {
		this.stores.forEach(RedisPresenceStore::close);
		this.scheduler.close();
		this.executor.shutdown();
	}

}
