package io.presence.redis;

import java.time.Duration;
import java.util.List;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is unreadable under our keys harms nothing else and is put right.
 */
@ExtendWith(RedisServerExtension.class)
class DamagedKeysTests {

	private static final String ID = "kWvJ2c0eTnY";

	private RedisClient client;

	private RedisCommands<byte[], byte[]> redis;

	private RealScripts scripts;

	@BeforeEach
	void join(RedisServer server) {
		this.client = RedisClient.create(server.uri());
		StatefulRedisConnection<byte[], byte[]> connection = this.client.connect(ByteArrayCodec.INSTANCE);
		this.redis = connection.sync();
		this.scripts = new RealScripts(this.redis, "presence:{18}", false);
		this.scripts.lease(ID, true, List.of());
		this.scripts.commit(ID, 1, List.of("room"), List.of("1", "h", "ada", "1", "{}", "1", "h", "bob", "1", "{}"));
	}

	@AfterEach
	void disconnect() {
		this.client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
	}

	@Test
	void anUnreadableMemberIsReapedButNobodyIsToldToHaveLeft() {
		this.redis.hset(key("room"), HookedRedis.bytes("mada"), HookedRedis.bytes("garbage"));
		this.scripts.end(ID, 0);
		List<Object> reply = this.scripts.reap(ID, List.of("room"), "0");
		assertThat(reply.get(0)).isEqualTo("gone");
		assertThat(reply.subList(3, reply.size())).containsExactly(1L, "shutdown", "bob", ID + ":1:2:{}");
	}

	@Test
	void anUnreadableMemberIsHeldAgainAndCountedOnce() {
		this.redis.hset(key("room"), HookedRedis.bytes("mada"), HookedRedis.bytes("garbage"));
		assertThat(commit(2, "1", "H", "ada", "1", "{}")).endsWith(List.of(), 1L, List.of());
		assertThat(this.scripts.read("room", "0")).contains("2", "mada", ID + ":1:2:{}");
	}

	@Test
	void aTopicOfAnotherTypeIsReplacedAndTheOthersOfTheBatchGoOn() {
		this.redis.set(key("room"), HookedRedis.bytes("foreign"));
		assertThat(this.scripts.commit(ID, 2, List.of("room", "hall"),
				List.of("1", "H", "ada", "1", "{}", "2", "h", "ada", "1", "{}")))
			.endsWith(List.of(), 1L, List.of());
		assertThat(this.scripts.read("room", "0")).contains("mada");
		assertThat(this.scripts.read("hall", "0")).contains("mada");
	}

	@Test
	void aRegistrationThatLostItsIndexIsUnknown() {
		this.redis.del(HookedRedis.bytes(this.scripts.index(ID)));
		assertThat(commit(2, "1", "d", "ada", "leave")).containsExactly("unknown");
		assertThat(this.scripts.lease(ID, false, List.of()).get(0)).isEqualTo("unknown");
	}

	private List<Object> commit(int batch, String... marks) {
		return this.scripts.commit(ID, batch, List.of("room"), List.of(marks));
	}

	private byte[] key(String topic) {
		return HookedRedis.bytes(this.scripts.topic(topic));
	}

}
