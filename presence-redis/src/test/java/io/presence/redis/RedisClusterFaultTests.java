package io.presence.redis;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.lettuce.core.cluster.SlotHash;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import io.presence.LeaveReason;
import io.presence.redis.testing.RedisClusterServers;
import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.store.StoreProbe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A real Cluster whose slots move and whose masters are lost: the buckets concerned go on
 * with what they know and heal, the others notice nothing. Nobody is seen to leave.
 */
@ExtendWith(RedisServerExtension.class)
class RedisClusterFaultTests {

	private static final String DATA = "{\"n\":1}";

	private static final Keys KEYS = new Keys("presence:", 0);

	private static final int BUCKET = Keys.bucket("room");

	private static final String CHANNEL = KEYS.topic(BUCKET, "room");

	private static final int SLOT = SlotHash.getSlot(CHANNEL);

	private final RedisClusterServers cluster;

	private TestStores stores;

	private StoreProbe here;

	private StoreProbe there;

	/** A topic of a bucket that another master has. */
	private String elsewhere;

	RedisClusterFaultTests(RedisClusterServers cluster) {
		this.cluster = cluster;
	}

	@BeforeEach
	void start() {
		this.stores = TestStores.on(this.cluster.uris());
		this.here = this.stores.start();
		this.there = this.stores.start();
		this.elsewhere = elsewhere();
		for (String topic : List.of("room", this.elsewhere)) {
			this.here.store().watch(topic);
			this.there.store().watch(topic);
			this.here.hold(topic, "ada", DATA);
			this.there.hold(topic, "bob", DATA);
			soon().untilAsserted(() -> assertThat(this.here.roster(topic)).containsOnlyKeys("ada", "bob"));
			soon().untilAsserted(() -> assertThat(this.there.roster(topic)).containsOnlyKeys("ada", "bob"));
		}
	}

	@AfterEach
	void close() {
		this.stores.close();
	}

	@Test
	void aSlotThatMovesWhileItIsInUse() {
		RedisServer source = this.cluster.masterOf(CHANNEL);
		RedisServer target = another(source);
		publishesOn(source, target);
		RedisClusterServers.Move move = this.cluster.beginMove(SLOT, target);
		move.moveKey(KEYS.bucket(BUCKET));
		this.here.hold("room", "cem", DATA);
		isRefusedWith("TRYAGAIN");
		othersGoOn();
		move.moveAllKeys();
		isRefusedWith("ASK");
		othersGoOn();
		assertThat(this.here.roster("room")).containsOnlyKeys("ada", "bob", "cem");
		move.end();
		isHealed();
		publishesOn(target, source);
		this.cluster.moveSlot(SLOT, source);
		everythingStillWorks();
		publishesOn(source, target);
	}

	@Test
	void withAGraceTimeNobodyIsLostWhoComesOrLeavesWhileASlotBeginsToMove() {
		this.stores.close();
		this.stores = TestStores.on(this.cluster.uris());
		this.here = new StoreProbe(this.stores.create(TestStores.with(0, Duration.ofSeconds(5))));
		this.there = new StoreProbe(this.stores.create(TestStores.with(0, Duration.ofSeconds(5))));
		this.here.store().watch("room");
		this.there.store().watch("room");
		this.here.hold("room", "dan", DATA);
		this.there.hold("room", "eve", DATA);
		soon().untilAsserted(() -> assertThat(this.there.roster("room")).containsKeys("dan", "eve"));
		RedisServer source = this.cluster.masterOf(CHANNEL);
		RedisClusterServers.Move move = this.cluster.beginMove(SLOT, another(source));
		try {
			this.here.hold("room", "cem", DATA);
			soon().untilAsserted(() -> assertThat(this.there.roster("room")).containsKeys("cem", "dan", "eve"));
			this.here.release("room", "dan", LeaveReason.LEAVE);
			soon().untilAsserted(() -> assertThat(this.there.leaves()).contains("room/dan leave"));
		}
		finally {
			move.moveAllKeys();
			move.end();
			this.cluster.moveSlot(SLOT, source);
		}
	}

	@Test
	void aMasterThatIsLostAndComesBackEmpty() {
		RedisServer lost = this.cluster.masterOf(CHANNEL);
		lost.stop();
		this.here.hold("room", "cem", DATA);
		soon().untilAsserted(() -> assertThat(this.here.roster("room")).containsOnlyKeys("ada", "bob", "cem"));
		othersGoOn();
		soon().untilAsserted(() -> assertThat(degradedBuckets()).isBetween(5L, 6L));
		lost.start();
		isHealed();
		publishesOn(lost, another(lost));
	}

	@Test
	void aMasterThatIsReplacedByItsReplica() {
		this.stores.close();
		try (RedisClusterServers own = RedisClusterServers.start(3)) {
			this.stores = TestStores.on(own.uris());
			this.here = this.stores.start();
			this.there = this.stores.start();
			this.here.store().watch("room");
			this.there.store().watch("room");
			this.here.hold("room", "ada", DATA);
			this.there.hold("room", "bob", DATA);
			RedisServer lost = own.masterOf(CHANNEL);
			RedisServer replica = own.addReplica(lost);
			soon().untilAsserted(() -> assertThat(this.here.roster("room")).containsOnlyKeys("ada", "bob"));
			soon().untilAsserted(() -> assertThat(this.there.roster("room")).containsOnlyKeys("ada", "bob"));
			lost.stop();
			this.here.hold("room", "cem", DATA);
			isHealed();
			publishesOn(replica, own.masters().stream().filter((master) -> master != lost).findFirst().orElseThrow());
		}
		finally {
			this.stores.close();
		}
	}

	private String elsewhere() {
		RedisServer master = this.cluster.masterOf(CHANNEL);
		for (int i = 0;; i++) {
			String topic = "elsewhere:" + i;
			if (this.cluster.masterOf(KEYS.topic(Keys.bucket(topic), topic)) != master) {
				return topic;
			}
		}
	}

	private RedisServer another(RedisServer server) {
		return this.cluster.masters().stream().filter((other) -> other != server).findFirst().orElseThrow();
	}

	private void publishesOn(RedisServer server, RedisServer other) {
		soon().untilAsserted(() -> {
			List<String> sharded = server.execute((redis) -> redis.pubsubShardChannels("*"));
			Map<String, Long> hearers = server.execute((redis) -> redis.pubsubShardNumsub(CHANNEL));
			List<String> elsewhere = other.execute((redis) -> redis.pubsubShardChannels("*"));
			List<String> plain = server.execute((redis) -> redis.pubsubChannels("*:t:*"));
			assertThat(sharded).contains(CHANNEL);
			assertThat(hearers).containsEntry(CHANNEL, 2L);
			assertThat(elsewhere).doesNotContain(CHANNEL);
			assertThat(plain).isEmpty();
		});
	}

	private void isRefusedWith(String error) {
		soon().untilAsserted(() -> assertThat(this.here.store().health().details().get("degradedBecause")).asString()
			.startsWith(Problem.MOVING.text() + ": " + error));
		soon().untilAsserted(() -> assertThat(this.here.settlements()).contains("room/cem HELD"));
		assertThat(degradedBuckets()).isOne();
	}

	private long degradedBuckets() {
		return (Long) this.here.store().health().details().get("degradedBuckets");
	}

	private void othersGoOn() {
		String topic = this.elsewhere;
		this.here.hold(topic, "eve", DATA);
		soon().untilAsserted(() -> assertThat(this.there.roster(topic)).containsOnlyKeys("ada", "bob", "eve"));
		this.here.release(topic, "eve", LeaveReason.LEAVE);
		soon().untilAsserted(() -> assertThat(this.there.roster(topic)).containsOnlyKeys("ada", "bob"));
		this.there.changes().clear();
		this.here.changes().clear();
	}

	private void isHealed() {
		soon().untilAsserted(
				() -> assertThat(this.there.roster("room")).isEqualTo(Map.of("ada", DATA, "bob", DATA, "cem", DATA)));
		soon().untilAsserted(
				() -> assertThat(this.here.roster("room")).isEqualTo(Map.of("ada", DATA, "bob", DATA, "cem", DATA)));
		soon().until(() -> this.here.store().health().available() && this.there.store().health().available());
		assertThat(this.here.leaves()).isEmpty();
		assertThat(this.there.leaves()).isEmpty();
		everythingStillWorks();
	}

	private void everythingStillWorks() {
		this.there.hold("room", "eve", DATA);
		soon().untilAsserted(() -> assertThat(this.here.roster("room")).containsKey("eve"));
		this.there.release("room", "eve", LeaveReason.LEAVE);
		soon().untilAsserted(() -> assertThat(this.here.leaves()).containsExactly("room/eve leave"));
		this.here.changes().clear();
		this.there.changes().clear();
	}

	private static ConditionFactory soon() {
		return await().atMost(Duration.ofSeconds(40)).pollInterval(Duration.ofMillis(50));
	}

}
