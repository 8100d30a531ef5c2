package io.presence.redis;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.lettuce.core.RedisClient;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.cluster.pubsub.RedisClusterPubSubAdapter;
import io.lettuce.core.cluster.pubsub.StatefulRedisClusterPubSubConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import io.presence.redis.testing.RedisClusterServers;
import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the scripts publish arrives, on one server and in a Cluster of three, and all keys
 * of a call are in one slot.
 */
@ExtendWith(RedisServerExtension.class)
class ScriptPublishingTests {

	private static final String ID = "kWvJ2c0eTnY";

	private static final List<String> TAGS = List.of("18", "455", "333", "223", "553", "443", "95", "663", "265", "375",
			"908", "155", "985", "895", "405", "515");

	private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

	@Test
	void oneServerDeliversMessagesOfAnyBytes(RedisServer server) throws InterruptedException {
		RedisClient client = RedisClient.create(server.uri());
		try (StatefulRedisPubSubConnection<byte[], byte[]> subscriber = client.connectPubSub(ByteArrayCodec.INSTANCE)) {
			RealScripts scripts = new RealScripts(client.connect(ByteArrayCodec.INSTANCE).sync(), "presence:{18}",
					false);
			subscriber.addListener(new RedisPubSubAdapter<>() {
				@Override
				public void message(byte[] channel, byte[] message) {
					ScriptPublishingTests.this.heard.add(HookedRedis.texts(List.of(channel, message)).toString());
				}
			});
			subscriber.sync().subscribe(HookedRedis.bytes(scripts.topic("room")), HookedRedis.bytes(scripts.index(ID)));
			List<Object> lease = scripts.lease(ID, true, List.of());
			assertThat(next()).isEqualTo("[presence:{18}:i:" + ID + ", P1l16:" + lease.get(1) + "]");
			List<Object> commit = scripts.commit(ID, 1, List.of("room"), List.of("1", "h", "k", "7", "\0:\u00ff\r\n"));
			assertThat(next()).isEqualTo("[presence:{18}:t:room, P1t1:016:" + commit.get(1) + "1:111:" + ID + "2:mk21:"
					+ ID + ":7:5:\0:\u00ff\r\n]");
		}
		finally {
			client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
		}
	}

	@Test
	void aClusterRunsEveryScriptInEveryBucketAndDeliversOnShardChannels(RedisClusterServers cluster)
			throws InterruptedException {
		RedisClusterClient client = RedisClusterClient.create(cluster.uris());
		try (StatefulRedisClusterConnection<byte[], byte[]> connection = client.connect(ByteArrayCodec.INSTANCE);
				StatefulRedisClusterPubSubConnection<String, String> subscriber = client
					.connectPubSub(StringCodec.UTF8)) {
			subscriber.addListener(new RedisClusterPubSubAdapter<>() {
				@Override
				public void smessage(RedisClusterNode node, String channel, String message) {
					ScriptPublishingTests.this.heard.add(channel + " " + message.substring(0, 3));
				}
			});
			for (String tag : TAGS) {
				RealScripts scripts = new RealScripts(connection.sync(), "presence:{" + tag + "}", true);
				subscriber.sync().ssubscribe(scripts.topic("{x} room"));
				subscriber.sync().ssubscribe(scripts.index(ID));
				useEveryScript(scripts);
			}
		}
		finally {
			client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
		}
	}

	private void useEveryScript(RealScripts scripts) throws InterruptedException {
		scripts.lease(ID, true, List.of("{x} room"));
		assertThat(next()).isEqualTo(scripts.index(ID) + " P1l");
		scripts.commit(ID, 1, List.of("{x} room"), List.of("1", "h", "k", "7", "{}"));
		assertThat(next()).isEqualTo(scripts.topic("{x} room") + " P1t");
		assertThat(scripts.read("{x} room", "0")).hasSize(6);
		assertThat(scripts.topics(ID, "0")).containsExactly("0", "{x} room");
		assertThat(scripts.end(ID, 0)).containsExactly("ok", 0L);
		assertThat(scripts.reap(ID, List.of("{x} room"), "0").get(0)).isEqualTo("gone");
		assertThat(next()).isEqualTo(scripts.topic("{x} room") + " P1t");
	}

	private String next() throws InterruptedException {
		return this.heard.poll(10, TimeUnit.SECONDS);
	}

}
