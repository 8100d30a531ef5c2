package io.presence.redis;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.lettuce.core.KillArgs;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import io.presence.LeaveReason;
import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.store.StoreProbe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Two instances while a real Redis is flushed, frozen, restarted, filled with garbage and
 * robbed of its connections: the rosters come right, and nobody who stays is seen to
 * leave.
 */
@ExtendWith(RedisServerExtension.class)
class RedisFaultTests {

	private static final String DATA = "{\"n\":1}";

	private final RedisServer redis;

	private TestStores stores;

	private StoreProbe here;

	private StoreProbe there;

	RedisFaultTests(RedisServer redis) {
		this.redis = redis;
	}

	@BeforeEach
	void start() {
		this.stores = TestStores.on(this.redis.uri());
		this.here = this.stores.start();
		this.there = this.stores.start();
		this.here.store().watch("room");
		this.there.store().watch("room");
		this.here.hold("room", "ada", DATA);
		this.here.state("room", "ada", "c1", "1");
		this.there.hold("room", "bob", DATA);
		soon().untilAsserted(this::everybodyIsThere);
	}

	@AfterEach
	void close() {
		this.stores.close();
	}

	@Test
	void aFlushIsHealedAndNobodySeesALeave() {
		this.redis.flush();
		soon().ignoreExceptions().untilAsserted(this::redisHasEverybody);
		everybodyIsThere();
		nobodyLeft();
	}

	@Test
	void anyOneKeyThatIsDeletedIsHealed() {
		for (String key : this.redis.execute((redis) -> redis.keys("presence:*"))) {
			this.redis.execute((redis) -> redis.del(key));
			soon().ignoreExceptions().untilAsserted(this::redisHasEverybody);
		}
		everybodyIsThere();
		nobodyLeft();
		everythingStillWorks();
	}

	@Test
	void anyOneKeyThatIsOverwrittenIsHealed() {
		for (String key : this.redis.execute((redis) -> redis.keys("presence:*"))) {
			this.redis.execute((redis) -> redis.set(key, "garbage"));
			soon().ignoreExceptions().untilAsserted(this::redisHasEverybody);
		}
		everybodyIsThere();
		nobodyLeft();
		everythingStillWorks();
	}

	@Test
	void foreignFieldsAndMessagesAreSurvivedAndRepaired() {
		String topic = this.redis.execute((redis) -> redis.keys("presence:*:t:room")).get(0);
		this.redis.execute((redis) -> redis.hset(topic, Map.of("mada", "garbage", "mbob", "x:1:999:{}", "sx", "y")));
		for (String message : List.of("garbage", "P2t1:0", "P1t1:03:abc1:0", "P1t999999999:", "P1k", "")) {
			this.redis.execute((redis) -> redis.publish(topic, message));
			this.redis.execute((redis) -> redis.publish("presence:kick", message));
		}
		soon().ignoreExceptions().untilAsserted(this::redisHasEverybody);
		soon().untilAsserted(this::everybodyIsThere);
		nobodyLeft();
		assertThat(this.here.store().health().details().get("problems").toString()).contains("foreign-message",
				"other-version", "unreadable-value");
	}

	@Test
	void aRedisThatIsRestartedEmptyIsHealed() {
		this.redis.restartEmpty();
		soon().ignoreExceptions().untilAsserted(this::redisHasEverybody);
		everybodyIsThere();
		nobodyLeft();
		everythingStillWorks();
	}

	@Test
	void whileRedisIsDownAnInstanceShowsItsOwnAndAfterwardsEverybodyKnows() {
		this.redis.stop();
		this.here.hold("room", "cem", DATA);
		this.here.release("room", "ada", LeaveReason.LEAVE);
		soon().untilAsserted(() -> assertThat(this.here.roster("room")).isEqualTo(Map.of("bob", DATA, "cem", DATA)));
		assertThat(this.here.settlements()).contains("room/cem HELD", "room/ada RELEASED");
		assertThat(this.here.store().isStale("room")).isTrue();
		assertThat(this.here.store().health().available()).isFalse();
		assertThat(this.there.roster("room")).isEqualTo(Map.of("ada", DATA, "bob", DATA));
		this.redis.start();
		soon().untilAsserted(() -> assertThat(this.there.roster("room")).isEqualTo(Map.of("bob", DATA, "cem", DATA)));
		soon().untilAsserted(() -> assertThat(this.here.store().isStale("room")).isFalse());
		assertThat(this.here.roster("room")).isEqualTo(Map.of("bob", DATA, "cem", DATA));
	}

	@Test
	void aRedisThatIsFrozenLongerThanTheLeaseDeclaresNobodyDead() throws Exception {
		this.redis.pause();
		this.here.hold("room", "cem", DATA);
		soon().untilAsserted(() -> assertThat(this.here.settlements()).contains("room/cem HELD"));
		assertThat(this.there.store().read("elsewhere").toCompletableFuture().get(5, TimeUnit.SECONDS).stale())
			.isTrue();
		long longerThanTheLease = System.nanoTime() + TestStores.SETTINGS.lease().toNanos() * 3 / 2;
		soon().until(() -> System.nanoTime() - longerThanTheLease > 0);
		this.redis.resume();
		Map<String, String> everybody = Map.of("ada", DATA, "bob", DATA, "cem", DATA);
		soon().untilAsserted(() -> assertThat(this.there.roster("room")).isEqualTo(everybody));
		soon().untilAsserted(() -> assertThat(this.here.roster("room")).isEqualTo(everybody));
		nobodyLeft();
		everythingStillWorks();
	}

	@Test
	void connectionsThatAreKilledAreOpenedAnew() {
		for (KillArgs which : List.of(KillArgs.Builder.typePubsub(), KillArgs.Builder.typeNormal())) {
			this.redis.execute((redis) -> redis.clientKill(which));
			this.here.hold("room", "cem", DATA);
			soon().untilAsserted(() -> assertThat(this.there.roster("room")).containsKey("cem"));
			this.here.release("room", "cem", LeaveReason.LEAVE);
			soon().untilAsserted(() -> assertThat(this.there.roster("room")).doesNotContainKey("cem"));
		}
		everybodyIsThere();
	}

	@Test
	void aScriptFlushIsUnnoticed() {
		this.redis.execute((redis) -> redis.scriptFlush());
		everythingStillWorks();
		nobodyLeft();
	}

	@Test
	void aThousandJoinsAndLeavesAtOnceTakeFewCalls() {
		long before = calls();
		for (int i = 0; i < 1000; i++) {
			this.here.holdSilently("room", "k" + i, DATA);
		}
		for (int i = 0; i < 1000; i++) {
			this.here.store().mark("room", List.of("k" + i), List.of());
		}
		soon().untilAsserted(() -> assertThat(this.there.roster("room")).hasSize(1002));
		for (int i = 0; i < 1000; i++) {
			this.here.release("room", "k" + i, LeaveReason.DISCONNECT);
		}
		soon().untilAsserted(this::everybodyIsThere);
		assertThat(this.there.leaves()).hasSize(1000).allMatch((leave) -> leave.endsWith("disconnect"));
		assertThat(calls() - before).isLessThan(1000);
	}

	private long calls() {
		return this.redis.execute((redis) -> count(redis.info("commandstats"), "evalsha"));
	}

	private static long count(String commandStats, String command) {
		Matcher matcher = Pattern.compile("cmdstat_" + command + ":calls=(\\d+)").matcher(commandStats);
		return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
	}

	private void everybodyIsThere() {
		Map<String, String> everybody = Map.of("ada", DATA, "bob", DATA);
		assertThat(this.here.roster("room")).isEqualTo(everybody);
		assertThat(this.there.roster("room")).isEqualTo(everybody);
		assertThat(this.there.shownStates("room")).isEqualTo(Map.of("c1", "1"));
	}

	private void redisHasEverybody() {
		String topic = new Keys("presence:", 0).topic(Keys.bucket("room"), "room");
		Map<String, String> fields = this.redis.execute((redis) -> redis.hgetall(topic));
		assertThat(fields.getOrDefault("h", "")).endsWith(" 2");
		assertThat(StoredHold.parse(fields.getOrDefault("mada", ""))).hasSize(1);
		assertThat(StoredHold.parse(fields.getOrDefault("mbob", ""))).hasSize(1);
		assertThat(fields.keySet().stream().filter((field) -> field.endsWith(":c1"))).hasSize(1);
	}

	private void nobodyLeft() {
		assertThat(this.here.leaves()).isEmpty();
		assertThat(this.there.leaves()).isEmpty();
	}

	private void everythingStillWorks() {
		this.there.hold("room", "eve", "{\"n\":2}");
		soon().untilAsserted(() -> assertThat(this.here.roster("room")).containsEntry("eve", "{\"n\":2}"));
		this.there.release("room", "eve", LeaveReason.KICKED);
		soon().untilAsserted(() -> assertThat(this.here.leaves()).containsExactly("room/eve kicked"));
		this.here.changes().clear();
		this.there.changes().clear();
	}

	private static ConditionFactory soon() {
		return await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(20));
	}

}
