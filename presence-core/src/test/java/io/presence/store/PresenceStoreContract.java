package io.presence.store;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;

import io.presence.LeaveReason;
import io.presence.json.JsonText;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What every store does for one instance. A test of a store extends it.
 */
public abstract class PresenceStoreContract {

	/**
	 * Creates a store that is closed after the test.
	 * @param maxMembersPerTopic how many members a topic may have, zero for any number
	 * @return the store
	 */
	protected abstract PresenceStore create(int maxMembersPerTopic);

	protected static ConditionFactory soon() {
		return await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(5));
	}

	protected final StoreProbe start() {
		return new StoreProbe(create(0));
	}

	@Test
	void aWatchedTopicIsToldCompleteFirst() {
		StoreProbe probe = start();
		probe.hold("room", "ada", "{\"n\":1}");
		soon().until(() -> probe.settlements().contains("room/ada HELD"));
		probe.store().watch("room");
		soon().untilAsserted(() -> assertThat(probe.roster("room")).isEqualTo(Map.of("ada", "{\"n\":1}")));
	}

	@Test
	void aHoldIsSettledOnceTheListenerWasToldOfTheMember() {
		StoreProbe probe = start();
		probe.store().watch("room");
		probe.hold("room", "ada", "{\"n\":1}");
		soon().until(() -> probe.settlements().contains("room/ada HELD"));
		assertThat(probe.roster("room")).isEqualTo(Map.of("ada", "{\"n\":1}"));
	}

	@Test
	void aReleaseIsToldWithItsReasonAndSettled() {
		StoreProbe probe = start();
		probe.store().watch("room");
		probe.hold("room", "ada", "{}");
		soon().until(() -> probe.settlements().contains("room/ada HELD"));
		probe.release("room", "ada", LeaveReason.KICKED);
		soon().until(() -> probe.settlements().contains("room/ada RELEASED"));
		assertThat(probe.roster("room")).isEmpty();
		assertThat(probe.leaves()).containsExactly("room/ada kicked origin");
	}

	@Test
	void otherDataAreToldAndTheSameDataAreNot() {
		StoreProbe probe = start();
		probe.store().watch("room");
		probe.hold("room", "ada", "{\"n\":1}");
		soon().until(() -> probe.settlements().size() == 1);
		probe.hold("room", "ada", "{\"n\":2}");
		soon().until(() -> probe.settlements().size() == 2);
		assertThat(probe.roster("room")).isEqualTo(Map.of("ada", "{\"n\":2}"));
		int changes = probe.changes().size();
		probe.store().mark("room", List.of("ada"), List.of());
		soon().until(() -> probe.settlements().size() == 3);
		assertThat(probe.changes()).hasSize(changes);
	}

	@Test
	void whatIsMarkedByOneCallIsToldInOneChange() {
		StoreProbe probe = start();
		probe.store().watch("room");
		probe.hold("room", "bob", "{}");
		soon().until(() -> probe.settlements().contains("room/bob HELD"));
		probe.changes().clear();
		probe.holdSilently("room", "ada", "{}");
		probe.stateSilently("room", "ada", "c1", "\"typing\"");
		probe.store().mark("room", List.of("ada"), List.of("c1"));
		soon().until(() -> probe.settlements().contains("room/ada HELD"));
		assertThat(probe.changes()).singleElement().satisfies((change) -> {
			assertThat(change.members()).hasSize(1);
			assertThat(change.states()).hasSize(1);
		});
	}

	@Test
	void statesAreToldAndClearedAndGoWithTheirMember() {
		StoreProbe probe = start();
		probe.store().watch("room");
		probe.hold("room", "ada", "{}");
		probe.state("room", "ada", "c1", "{\"x\":[]}");
		probe.state("room", "ada", "c2", "2");
		soon().untilAsserted(
				() -> assertThat(probe.shownStates("room")).isEqualTo(Map.of("c1", "{\"x\":[]}", "c2", "2")));
		probe.state("room", "ada", "c2", null);
		soon().untilAsserted(() -> assertThat(probe.shownStates("room")).isEqualTo(Map.of("c1", "{\"x\":[]}")));
		probe.stateSilently("room", "ada", "c1", null);
		probe.release("room", "ada", LeaveReason.LEAVE);
		soon().untilAsserted(() -> assertThat(probe.roster("room")).isEmpty());
		assertThat(probe.shownStates("room")).isEmpty();
	}

	@Test
	void anUnwatchedTopicCanBeReadAndCounted() throws Exception {
		StoreProbe probe = start();
		probe.hold("room", "ada", "{\"n\":1}");
		probe.hold("room", "bob", "{\"n\":2}");
		probe.hold("other", "cem", "{}");
		soon().until(() -> probe.settlements().size() == 3);
		soon().until(() -> !probe.store().read("room").toCompletableFuture().get(20, TimeUnit.SECONDS).stale());
		StoredRoster roster = probe.store().read("room").toCompletableFuture().get(20, TimeUnit.SECONDS);
		assertThat(roster.members())
			.isEqualTo(Map.of("ada", JsonText.ofCanonical("{\"n\":1}"), "bob", JsonText.ofCanonical("{\"n\":2}")));
		assertThat(roster.stale()).isFalse();
		assertThat(probe.store().count("room").toCompletableFuture().get(20, TimeUnit.SECONDS)).isEqualTo(2);
		assertThat(probe.store().count("nobody").toCompletableFuture().get(20, TimeUnit.SECONDS)).isZero();
		assertThat(probe.store().topics().toCompletableFuture().get(20, TimeUnit.SECONDS))
			.containsExactlyInAnyOrder("room", "other");
	}

	@Test
	void aFullTopicRefusesNewMembersOnly() {
		StoreProbe probe = new StoreProbe(create(2));
		probe.store().watch("room");
		probe.hold("room", "ada", "{}");
		probe.hold("room", "bob", "{}");
		soon().until(() -> probe.settlements().size() == 2);
		probe.hold("room", "cem", "{}");
		soon().until(() -> probe.settlements().contains("room/cem REFUSED"));
		probe.hold("room", "ada", "{\"n\":2}");
		soon().untilAsserted(() -> assertThat(probe.roster("room")).isEqualTo(Map.of("ada", "{\"n\":2}", "bob", "{}")));
	}

	@Test
	void anyTextComesThroughAsItIs() {
		StoreProbe probe = start();
		String topic = "zimmer:42 \"'{}€😀";
		String key = "m:s,;-=😀\u0001";
		String data = "{\"a\":\"é\u2028:;=\\u0000\",\"b\":[],\"c\":12345678901234567890}";
		probe.store().watch(topic);
		probe.hold(topic, key, data);
		probe.state(topic, key, "c:1", "{\"s\":\"ü\"}");
		soon().untilAsserted(() -> {
			assertThat(probe.roster(topic)).isEqualTo(Map.of(key, data));
			assertThat(probe.shownStates(topic)).isEqualTo(Map.of("c:1", "{\"s\":\"ü\"}"));
		});
	}

	@Test
	void stampsGrow() {
		PresenceStore store = create(0);
		long before = 0;
		for (int i = 0; i < 1000; i++) {
			long stamp = store.stamp();
			assertThat(stamp).isGreaterThan(before).isLessThan(1L << 53);
			before = stamp;
		}
	}

	@Test
	void endingTellsLeavesAndThenMarksDoNothing() throws Exception {
		StoreProbe probe = start();
		probe.store().watch("room");
		probe.hold("room", "ada", "{}");
		soon().until(() -> probe.settlements().contains("room/ada HELD"));
		probe.store().end(Duration.ofSeconds(5)).toCompletableFuture().get(20, TimeUnit.SECONDS);
		soon().untilAsserted(() -> assertThat(probe.leaves()).containsExactly("room/ada shutdown origin"));
		probe.hold("room", "bob", "{}");
		assertThat(probe.store().count("room").toCompletableFuture().get(20, TimeUnit.SECONDS)).isZero();
	}

	@Test
	void aWatchedTopicIsNotStaleAndTheStoreIsAvailable() {
		StoreProbe probe = start();
		probe.store().watch("room");
		soon().untilAsserted(() -> assertThat(probe.roster("room")).isEmpty());
		soon().until(() -> !probe.store().isStale("room"));
		soon().until(() -> probe.store().health().available());
	}

}
