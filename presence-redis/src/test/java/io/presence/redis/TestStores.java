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
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import io.presence.concurrent.SystemScheduler;
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

	private LettuceClientConfiguration client = LettuceClientConfiguration.defaultConfiguration();

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

	TestStores client(LettuceClientConfiguration client) {
		this.client = client;
		return this;
	}

	static RedisStoreSettings with(int maxMembersPerTopic, Duration grace) {
		return new RedisStoreSettings(SETTINGS.keyPrefix(), SETTINGS.lease(), SETTINGS.leaseRenewal(),
				SETTINGS.commandTimeout(), SETTINGS.ttl(), grace, maxMembersPerTopic);
	}

	RedisPresenceStore create(RedisStoreSettings settings) {
		RedisPresenceStore store = RedisPresenceStore.create(this.factory.apply(this.client), settings, this.scheduler,
				this.executor);
		this.stores.add(store);
		return store;
	}

	StoreProbe start() {
		return new StoreProbe(create(SETTINGS));
	}

	@Override
	public void close() {
		this.stores.forEach(RedisPresenceStore::close);
		this.scheduler.close();
		this.executor.shutdown();
	}

}
