package io.presence.redis;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.presence.LeaveReason;
import io.presence.store.PresenceStore;
import io.presence.store.PresenceStoreContract;
import io.presence.store.StoreProbe;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the store does for one instance and for several, on any kind of Redis.
 */
abstract class RedisStoreContract extends PresenceStoreContract {

	private final TestStores stores;

	RedisStoreContract(TestStores stores) {
		this.stores = stores;
	}

	TestStores stores() {
		return this.stores;
	}

	@Override
	protected PresenceStore create(int maxMembersPerTopic) {
		return this.stores.create(TestStores.with(maxMembersPerTopic, Duration.ZERO));
	}

	@AfterEach
	void closeStores() {
		this.stores.close();
	}

	@Test
	void anotherInstanceHearsJoinsUpdatesAndLeaves() {
		StoreProbe here = start();
		StoreProbe there = start();
		there.store().watch("room");
		here.hold("room", "ada", "{\"n\":1}");
		soon().untilAsserted(() -> assertThat(there.roster("room")).isEqualTo(Map.of("ada", "{\"n\":1}")));
		assertThat(there.isElsewhere("room", "ada")).isTrue();
		here.hold("room", "ada", "{\"n\":2}");
		soon().untilAsserted(() -> assertThat(there.roster("room")).isEqualTo(Map.of("ada", "{\"n\":2}")));
		here.state("room", "ada", "c1", "1");
		soon().untilAsserted(() -> assertThat(there.shownStates("room")).isEqualTo(Map.of("c1", "1")));
		here.stateSilently("room", "ada", "c1", null);
		here.release("room", "ada", LeaveReason.LEAVE);
		soon().untilAsserted(() -> assertThat(there.leaves()).containsExactly("room/ada leave"));
	}

	@Test
	void aKeyHeldByTwoInstancesIsOneMemberThatShowsTheNewestData() {
		StoreProbe here = start();
		StoreProbe there = start();
		here.store().watch("room");
		there.store().watch("room");
		here.hold("room", "ada", "{\"n\":1}");
		soon().until(() -> there.roster("room").containsKey("ada"));
		there.hold("room", "ada", "{\"n\":2}");
		soon().untilAsserted(() -> assertThat(here.roster("room")).isEqualTo(Map.of("ada", "{\"n\":2}")));
		soon().until(() -> here.isElsewhere("room", "ada") && there.isElsewhere("room", "ada"));
		there.release("room", "ada", LeaveReason.LEAVE);
		soon().untilAsserted(() -> assertThat(here.roster("room")).isEqualTo(Map.of("ada", "{\"n\":1}")));
		soon().untilAsserted(() -> assertThat(there.roster("room")).isEqualTo(Map.of("ada", "{\"n\":1}")));
		assertThat(here.leaves()).isEmpty();
		assertThat(there.leaves()).isEmpty();
	}

	@Test
	void whoLetsGoForTheGraceTimeYieldsToAnotherInstance() {
		StoreProbe here = start();
		StoreProbe there = start();
		here.store().watch("room");
		there.store().watch("room");
		here.hold("room", "ada", "{}");
		there.hold("room", "ada", "{}");
		soon().until(() -> here.isElsewhere("room", "ada") && there.isElsewhere("room", "ada"));
		here.yield("room", "ada");
		soon().until(() -> here.settlements().contains("room/ada YIELDED"));
		assertThat(here.roster("room")).containsKey("ada");
		assertThat(there.roster("room")).containsKey("ada");
		there.release("room", "ada", LeaveReason.LEAVE);
		soon().until(() -> here.roster("room").isEmpty() && there.roster("room").isEmpty());
		soon().until(() -> here.settlements().contains("room/ada RELEASED"));
		assertThat(here.keys("room")).isEmpty();
	}

	@Test
	void whatOtherInstancesHoldIsReadAndCounted() throws Exception {
		StoreProbe here = start();
		StoreProbe there = start();
		soon().until(() -> there.store().health().available());
		for (int i = 0; i < 1500; i++) {
			here.hold("large", "k" + i, "{}");
		}
		here.hold("small", "ada", "{}");
		soon().until(() -> here.settlements().size() == 1501);
		assertThat(there.store().read("large").toCompletableFuture().get(5, TimeUnit.SECONDS).members()).hasSize(1500);
		assertThat(there.store().count("large").toCompletableFuture().get(5, TimeUnit.SECONDS)).isEqualTo(1500);
		soon().untilAsserted(() -> assertThat(there.store().topics().toCompletableFuture().get(5, TimeUnit.SECONDS))
			.containsExactlyInAnyOrder("large", "small"));
	}

	@Test
	void aKickReachesEveryOtherInstance() throws Exception {
		StoreProbe here = start();
		StoreProbe second = start();
		StoreProbe third = start();
		soon().until(() -> second.store().health().available() && third.store().health().available());
		PresenceStore.Kick kick = new PresenceStore.Kick("ada:ä", List.of("room"), PresenceStore.Kick.Action.CLOSE);
		assertThat(here.store().kick(kick).toCompletableFuture().get(20, TimeUnit.SECONDS)).isEqualTo(2);
		assertThat(second.kicks()).containsExactly(kick);
		assertThat(third.kicks()).containsExactly(kick);
		assertThat(here.kicks()).isEmpty();
	}

	@Test
	void anInstanceThatDiesLeavesOnceWithTimeoutAndOneOriginSaysSo() {
		StoreProbe dying = start();
		StoreProbe second = start();
		StoreProbe third = start();
		second.store().watch("room");
		third.store().watch("room");
		dying.hold("room", "ada", "{}");
		dying.hold("unwatched", "bob", "{\"n\":1}");
		soon().until(() -> dying.settlements().size() == 2 && second.roster("room").containsKey("ada")
				&& third.roster("room").containsKey("ada"));
		dying.store().close();
		soon().until(() -> second.roster("room").isEmpty() && third.roster("room").isEmpty());
		assertThat(second.leaves()).hasSize(1);
		assertThat(third.leaves()).hasSize(1);
		assertThat(second.leaves().get(0) + third.leaves().get(0)).containsOnlyOnce("origin")
			.contains("room/ada timeout");
		soon().until(() -> second.reaped().size() + third.reaped().size() == 1);
	}

	@Test
	void anInstanceThatEndsLeavesAtOnce() throws Exception {
		StoreProbe ending = start();
		StoreProbe there = start();
		there.store().watch("room");
		ending.hold("room", "ada", "{}");
		soon().until(() -> there.roster("room").containsKey("ada"));
		ending.store().end(Duration.ofSeconds(5)).toCompletableFuture().get(20, TimeUnit.SECONDS);
		soon().untilAsserted(() -> assertThat(there.leaves()).containsExactly("room/ada shutdown"));
	}

}
