package io.presence.redis;

import java.time.Duration;
import java.util.List;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;

/**
 * Runs the scripts in one bucket of a real Redis.
 */
@ExtendWith(RedisServerExtension.class)
abstract class AbstractScriptTests {

	/** A registration. */
	static final String ID = "kWvJ2c0eTnY";

	private RedisClient client;

	RedisCommands<byte[], byte[]> redis;

	RealScripts scripts;

	@BeforeEach
	void connect(RedisServer server) {
		this.client = RedisClient.create(server.uri());
		this.redis = this.client.connect(ByteArrayCodec.INSTANCE).sync();
		this.scripts = new RealScripts(this.redis, "presence:{18}", false);
		this.scripts.lease(ID, true, List.of());
	}

	@AfterEach
	void disconnect() {
		this.client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
	}

	/**
	 * Makes the first batch of the registration: Ada and Bob join the room.
	 */
	void joinAdaAndBob() {
		this.scripts.commit(ID, 1, List.of("room"), List.of("1", "h", "ada", "1", "{}", "1", "h", "bob", "1", "{}"));
	}

}
