package io.presence.redis;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.presence.LeaveReason;
import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.WallClockTest;
import io.presence.store.StoreProbe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The clock of a real server jumps, once and back: nobody who stays is seen to leave, and
 * whoever has died goes. Jumps of ten minutes, of more than a lease, and of less.
 */
@WallClockTest
class ClockJumpTests {

	private static final Duration LEASE = TestStores.SETTINGS.lease();

	private final RedisServer redis = RedisServer.launchWithClock();

	private final TestStores stores = TestStores.on(this.redis.uri());

	private final RedisPresenceStore storeHere = this.stores.create(TestStores.SETTINGS);

	private final RedisPresenceStore storeThere = this.stores.create(TestStores.SETTINGS);

	private final StoreProbe here = new StoreProbe(this.storeHere);

	private final StoreProbe there = new StoreProbe(this.storeThere);

	@AfterEach
	void close() {
		this.stores.close();
		this.redis.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "PT10M", "PT-3S", "PT1.2S" })
	void isUnnoticed(Duration ahead) {
		this.here.store().watch("room");
		this.there.store().watch("room");
		this.here.hold("room", "ada", "{}");
		this.there.hold("room", "bob", "{}");
		this.here.hold("room", "eve", data(1));
		soon().untilAsserted(() -> show("eve", data(1)));
		this.there.hold("room", "eve", data(2));
		everybodyStaysWhen("first", Duration.ZERO, ahead);
		everybodyStaysWhen("second", ahead, Duration.ZERO);
		everybodyGoes();
	}

	/**
	 * Lets the clock jump while one instance dies and another joins and leaves.
	 * @param name what those who come and go are called
	 * @param from how far the clock was ahead
	 * @param to how far it is ahead then
	 */
	private void everybodyStaysWhen(String name, Duration from, Duration to) {
		StoreProbe dying = this.stores.start();
		dying.hold("room", name + "-dead", "{}");
		this.here.hold("room", name + "-gone", "{}");
		soon().untilAsserted(() -> everybodyIsThere(name + "-dead", name + "-gone"));
		dying.store().close();
		this.redis.setClock(to);
		this.here.hold("room", name + "-came", "{}");
		this.there.hold("room", "bob", data(name.length()));
		this.here.release("room", name + "-gone", LeaveReason.LEAVE);
		soon().untilAsserted(() -> show("bob", data(name.length())));
		pass(LEASE.multipliedBy(2));
		soon().untilAsserted(() -> everybodyIsThere(name + "-came"));
		theNewestShows();
		this.here.release("room", name + "-came", LeaveReason.LEAVE);
		soon().untilAsserted(this::everybodyIsThere);
		// When topics expire, nothing is left in Redis to tell why somebody goes.
		boolean expired = to.minus(from).compareTo(TestStores.SETTINGS.ttl()) > 0;
		for (StoreProbe probe : List.of(this.here, this.there)) {
			assertThat(probe.leaves()).map((leave) -> expired ? leave.replaceFirst("unknown", "expired") : leave)
				.map((leave) -> leave.replace(" origin", ""))
				.satisfiesExactlyInAnyOrder(
						(leave) -> assertThat(leave).isIn("room/" + name + "-dead timeout",
								"room/" + name + "-dead expired"),
						(leave) -> assertThat(leave).isIn("room/" + name + "-gone leave",
								"room/" + name + "-gone expired"),
						(leave) -> assertThat(leave).isEqualTo("room/" + name + "-came leave"));
			probe.changes().clear();
		}
	}

	/**
	 * Clocks that slow down, because that of Redis went back, may differ by a tenth of a
	 * renewal.
	 */
	private void theNewestShows() {
		for (int i = 0; i < 6; i++) {
			StoreProbe newest = (i % 2 == 0) ? this.here : this.there;
			String data = data(100 + i);
			pass(TestStores.SETTINGS.leaseRenewal().dividedBy(4));
			newest.hold("room", "eve", data);
			soon().untilAsserted(() -> show("eve", data));
		}
	}

	private void everybodyGoes() {
		for (String key : List.of("ada", "eve")) {
			this.here.release("room", key, LeaveReason.LEAVE);
		}
		for (String key : List.of("bob", "eve")) {
			this.there.release("room", key, LeaveReason.LEAVE);
		}
		soon().untilAsserted(() -> {
			assertThat(this.here.roster("room")).isEmpty();
			assertThat(this.there.roster("room")).isEmpty();
		});
		this.here.store().unwatch("room");
		this.there.store().unwatch("room");
		soon().untilAsserted(() -> {
			List<String> left = this.redis.execute((redis) -> redis.keys("presence:*:[it]:*"));
			assertThat(left).containsExactlyInAnyOrderElementsOf(indexes());
			assertThat(this.storeHere.remainder() + this.storeThere.remainder()).isEmpty();
		});
	}

	private Set<String> indexes() {
		Keys keys = new Keys(TestStores.SETTINGS.keyPrefix(), 0);
		Set<String> indexes = new TreeSet<>();
		for (RedisPresenceStore store : List.of(this.storeHere, this.storeThere)) {
			List<String> registrations = store.registrations();
			for (int bucket = 0; bucket < registrations.size(); bucket++) {
				indexes.add(keys.index(bucket, registrations.get(bucket)));
			}
		}
		return indexes;
	}

	private void everybodyIsThere(String... more) {
		Set<String> expected = Stream.concat(Stream.of("ada", "bob", "eve"), Stream.of(more))
			.collect(Collectors.toCollection(TreeSet::new));
		assertThat(this.here.roster("room").keySet()).isEqualTo(expected);
		assertThat(this.there.roster("room").keySet()).isEqualTo(expected);
	}

	private void show(String key, String data) {
		assertThat(this.here.roster("room")).contains(Map.entry(key, data));
		assertThat(this.there.roster("room")).contains(Map.entry(key, data));
	}

	private static void pass(Duration duration) {
		long end = System.nanoTime() + duration.toNanos();
		soon().until(() -> System.nanoTime() - end > 0);
	}

	private static String data(int n) {
		return "{\"n\":" + n + "}";
	}

	private static ConditionFactory soon() {
		return await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(20));
	}

}
