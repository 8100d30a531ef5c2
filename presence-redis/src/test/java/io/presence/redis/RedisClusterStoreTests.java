package io.presence.redis;

import org.junit.jupiter.api.extension.ExtendWith;

import io.presence.redis.testing.RedisClusterServers;
import io.presence.redis.testing.RedisServerExtension;

@ExtendWith(RedisServerExtension.class)
class RedisClusterStoreTests extends RedisStoreContract {

	RedisClusterStoreTests(RedisClusterServers servers) {
		super(TestStores.on(servers.uris()));
	}

}
