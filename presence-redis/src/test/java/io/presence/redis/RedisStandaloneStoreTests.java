package io.presence.redis;

import io.lettuce.core.RedisURI;
import org.junit.jupiter.api.extension.ExtendWith;

import io.presence.redis.testing.RedisServerExtension;

@ExtendWith(RedisServerExtension.class)
class RedisStandaloneStoreTests extends RedisStoreContract {

	RedisStandaloneStoreTests(RedisURI uri) {
		super(TestStores.on(uri));
	}

}
