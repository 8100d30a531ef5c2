package io.presence.sample;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.lettuce.core.KillArgs;
import io.lettuce.core.api.sync.RedisCommands;
import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.redis.testing.WallClock;
import io.presence.redis.testing.WallClockTest;
import io.presence.sample.support.AppProcess;
import io.presence.sample.support.PresenceSocket;
import io.presence.sample.support.TcpProxy;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Real instances on a real Redis, which are killed, frozen and cut off. The lease is
 * short, so that nobody needs to wait for the default one.
 */
@ExtendWith(RedisServerExtension.class)
class ClusterIT {

	private static final List<String> SHORT = List.of("--presence.store=redis", "--presence.redis.lease=3s",
			"--presence.redis.lease-renewal=1s", "--presence.ttl=9s");

	/** Far more than an answer takes: what hangs, hangs until Redis goes on. */
	private static final Duration PATIENCE = Duration.ofSeconds(5);

	private final List<AutoCloseable> open = new ArrayList<>();

	private final String room = "room:" + UUID.randomUUID();

	private RedisServer redis;

	private AppProcess one;

	private AppProcess two;

	private PresenceSocket ada;

	private PresenceSocket ben;

	@BeforeEach
	void server(RedisServer redis) {
		this.redis = redis;
	}

	@AfterEach
	void closeAll() throws Exception {
		for (AutoCloseable each : this.open) {
			each.close();
		}
	}

	private AppProcess app(String... more) {
		return app(this.redis.port(), more);
	}

	private AppProcess app(int redisPort, String... more) {
		return app(redisPort, Map.of(), more);
	}

	private AppProcess app(int redisPort, Map<String, String> environment, String... more) {
		Map<String, String> options = new LinkedHashMap<>();
		Stream.of(SHORT.stream(), Stream.of("--spring.data.redis.port=" + redisPort), Arrays.stream(more))
			.flatMap((each) -> each)
			.forEach((option) -> options.put(option.substring(0, option.indexOf('=')), option));
		AppProcess app = AppProcess.start(environment, options.values().toArray(String[]::new));
		this.open.add(app);
		return app;
	}

	private PresenceSocket join(AppProcess app, String user) {
		PresenceSocket socket = PresenceSocket.join(app.port(), this.room, user);
		this.open.add(0, socket);
		return socket;
	}

	private PresenceSocket observe(AppProcess app) {
		PresenceSocket socket = PresenceSocket.observe(app.port(), this.room);
		this.open.add(0, socket);
		return socket;
	}

	/**
	 * Starts two instances, with Ada on one and Ben on the other, who see each other.
	 */
	private void adaAndBenMeet() {
		this.one = app();
		this.two = app();
		this.ada = join(this.one, "ada");
		this.ben = join(this.two, "ben");
		sees(this.ada, "ada", "ben");
		sees(this.ben, "ada", "ben");
	}

	private TcpProxy proxy() {
		TcpProxy proxy = TcpProxy.to(this.redis.port());
		this.open.add(proxy);
		return proxy;
	}

	private static ConditionFactory eventually() {
		return Awaitility.await().atMost(Duration.ofSeconds(40)).pollInterval(Duration.ofMillis(50));
	}

	private static void sees(PresenceSocket observer, String... keys) {
		eventually().untilAsserted(() -> {
			assertThat(observer.keys()).containsExactlyInAnyOrder(keys);
			assertThat(observer.count()).isEqualTo(keys.length);
		});
	}

	/**
	 * What the controller of an instance answers, which also asks the instance's own
	 * memory.
	 */
	private Set<String> users(AppProcess app) {
		JsonNode answer = JsonMapper.shared()
			.readTree(app.get("/api/rooms/" + this.room, Duration.ofSeconds(5)).body());
		Set<String> users = new TreeSet<>();
		answer.path("users").forEach((user) -> users.add(user.path("id").asString("")));
		assertThat(answer.path("online").asInt()).isEqualTo(users.size());
		return users;
	}

	private void serves(AppProcess app, String... users) {
		eventually().untilAsserted(() -> assertThat(users(app)).containsExactlyInAnyOrder(users));
	}

	@Test
	void everyInstanceShowsTheUsersOfAll() {
		adaAndBenMeet();
		serves(this.one, "ada", "ben");
		serves(this.two, "ada", "ben");
		AppProcess three = app();
		assertThat(users(three)).containsExactly("ada", "ben");
		this.ben.close();
		sees(this.ada, "ada");
		assertThat(this.ada.edges()).containsExactly("join ben", "leave ben disconnect");
	}

	@Test
	void usersOfAKilledInstanceLeaveOnceAndTellWhy() {
		AppProcess one = app();
		AppProcess two = app();
		PresenceSocket observer = observe(one);
		List<CompletableFuture<PresenceSocket>> joining = IntStream.range(0, 500)
			.mapToObj((i) -> PresenceSocket.joining(two.port(), this.room, "user" + i))
			.toList();
		joining.forEach(CompletableFuture::join);
		eventually().until(() -> observer.keys().size() == 500);
		two.kill();
		sees(observer);
		assertThat(observer.edges()).hasSize(1000).doesNotHaveDuplicates();
		assertThat(observer.edges().subList(500, 1000)).allMatch((edge) -> edge.matches("leave user\\d+ timeout"));
		serves(one);
	}

	@Test
	void aUserOnTwoInstancesStaysWhenOneIsKilled() {
		AppProcess one = app();
		AppProcess two = app();
		PresenceSocket observer = observe(one);
		join(one, "ada");
		PresenceSocket other = join(two, "ada");
		PresenceSocket ben = join(two, "ben");
		sees(observer, "ada", "ben");
		two.kill();
		eventually().until(() -> !other.isOpen() && !ben.isOpen());
		sees(observer, "ada");
		assertThat(observer.edges()).containsExactly("join ada", "join ben", "leave ben timeout");
	}

	@Test
	void usersOfAFrozenInstanceLeaveOnceAndComeBackOnce() {
		AppProcess one = app();
		AppProcess two = app();
		PresenceSocket observer = observe(one);
		PresenceSocket ben = join(two, "ben");
		sees(observer, "ben");
		two.freeze();
		sees(observer);
		two.thaw();
		sees(observer, "ben");
		sees(ben, "ben");
		serves(two, "ben");
		assertThat(observer.edges()).containsExactly("join ben", "leave ben timeout", "join ben");
		ben.close();
		sees(observer);
	}

	@Test
	void usersOfAnInstanceThatIsCutOffLeaveOnceAndComeBackOnce() {
		TcpProxy wire = proxy();
		AppProcess one = app();
		AppProcess two = app(wire.port());
		PresenceSocket ada = join(one, "ada");
		PresenceSocket ben = join(two, "ben");
		sees(ada, "ada", "ben");
		sees(ben, "ada", "ben");
		wire.swallow();
		sees(ada, "ada");
		PresenceSocket carl = join(two, "carl");
		sees(carl, "ada", "ben", "carl");
		assertThat(users(two)).containsExactly("ada", "ben", "carl");
		wire.pass();
		sees(ada, "ada", "ben", "carl");
		sees(ben, "ada", "ben", "carl");
		assertThat(ada.edges().stream().filter((edge) -> edge.contains("ben"))).containsExactly("join ben",
				"leave ben timeout", "join ben");
		assertThat(ben.edges()).containsExactly("join carl");
	}

	@Test
	void nobodyLeavesWhenRedisIsEmptied() {
		adaAndBenMeet();
		this.redis.flush();
		eventually()
			.until(() -> !this.redis.execute((commands) -> commands.keys("presence:*:t:" + this.room)).isEmpty());
		AppProcess three = app();
		serves(three, "ada", "ben");
		PresenceSocket carl = join(three, "carl");
		sees(this.ada, "ada", "ben", "carl");
		sees(this.ben, "ada", "ben", "carl");
		carl.close();
		sees(this.ada, "ada", "ben");
		assertThat(this.ada.edges()).containsExactly("join ben", "join carl", "leave carl disconnect");
	}

	@Test
	void nobodyLeavesWhenRedisRestartsEmpty() {
		adaAndBenMeet();
		this.redis.restartEmpty();
		eventually()
			.until(() -> !this.redis.execute((commands) -> commands.keys("presence:*:t:" + this.room)).isEmpty());
		AppProcess three = app();
		serves(three, "ada", "ben");
		this.ben.close();
		sees(this.ada, "ada");
		assertThat(this.ada.edges()).containsExactly("join ben", "leave ben disconnect");
	}

	@Test
	void nobodyLeavesWhileRedisIsDown() {
		adaAndBenMeet();
		this.redis.stop();
		PresenceSocket carl = join(this.one, "carl");
		sees(this.ada, "ada", "ben", "carl");
		assertThat(users(this.one)).containsExactly("ada", "ben", "carl");
		assertThat(users(this.two)).containsExactly("ada", "ben");
		this.redis.start();
		sees(this.ben, "ada", "ben", "carl");
		serves(this.two, "ada", "ben", "carl");
		assertThat(this.ada.edges()).containsExactly("join ben", "join carl");
		assertThat(this.ben.edges()).containsExactly("join carl");
		carl.close();
		sees(this.ben, "ada", "ben");
	}

	@ParameterizedTest
	@ValueSource(ints = { 5, 12 })
	void nobodyLeavesWhileRedisIsFrozenAndNothingHangs(int seconds) {
		adaAndBenMeet();
		this.redis.pause();
		try {
			assertThat(this.one.get("/", PATIENCE).statusCode()).isEqualTo(200);
			CompletableFuture<PresenceSocket> joining = PresenceSocket.joining(this.one.port(), this.room, "carl");
			assertThat(joining).succeedsWithin(PATIENCE);
			PresenceSocket carl = joining.join();
			this.open.add(0, carl);
			Awaitility.await()
				.pollInterval(Duration.ofMillis(500))
				.atMost(Duration.ofSeconds(seconds + 10L))
				.during(Duration.ofSeconds(seconds))
				.untilAsserted(() -> {
					for (String path : List.of("/actuator/health/liveness", "/actuator/health/readiness",
							"/api/rooms/elsewhere", "/")) {
						assertThat(this.one.get(path, PATIENCE).statusCode()).isEqualTo(200);
					}
					assertThat(users(this.one)).containsExactly("ada", "ben", "carl");
				});
			assertThat(this.one.get("/actuator/health", PATIENCE).body()).contains("presence");
			carl.close();
		}
		finally {
			this.redis.resume();
		}
		serves(this.two, "ada", "ben");
		sees(this.ada, "ada", "ben");
		PresenceSocket dora = join(this.two, "dora");
		sees(this.ada, "ada", "ben", "dora");
		dora.close();
		sees(this.ada, "ada", "ben");
		assertThat(this.ben.edges()).doesNotContain("leave ada timeout", "leave ada unknown");
		assertThat(this.ada.edges()).filteredOn((edge) -> edge.contains("ben")).containsExactly("join ben");
	}

	@Test
	void nobodyNoticesKilledSubscribersOrForgottenScripts() {
		adaAndBenMeet();
		this.redis.execute(RedisCommands::scriptFlush);
		this.redis.execute((commands) -> commands.clientKill(KillArgs.Builder.typePubsub()));
		PresenceSocket carl = join(this.two, "carl");
		sees(this.ada, "ada", "ben", "carl");
		carl.close();
		sees(this.ada, "ada", "ben");
		sees(this.ben, "ada", "ben");
		assertThat(this.ada.edges().stream().filter((edge) -> !edge.contains("carl"))).containsExactly("join ben");
	}

	@Test
	@WallClockTest
	void instancesWhoseClocksAreTenMinutesApartAgree() {
		AppProcess between = app();
		AppProcess ahead = app(this.redis.port(), WallClock.ahead(Duration.ofMinutes(10)));
		AppProcess behind = app(this.redis.port(), WallClock.ahead(Duration.ofMinutes(-10)));
		assertThat(clock(ahead)).isAfter(clock(between).plusSeconds(590));
		assertThat(clock(behind)).isBefore(clock(between).minusSeconds(590));
		PresenceSocket observer = observe(between);
		PresenceSocket ada = join(ahead, "ada");
		PresenceSocket ben = join(behind, "ben");
		PresenceSocket carl = join(ahead, "carl");
		PresenceSocket alsoBen = join(ahead, "ben");
		for (PresenceSocket each : List.of(observer, ada, ben)) {
			sees(each, "ada", "ben", "carl");
		}
		ben.close();
		carl.close();
		PresenceSocket dora = join(behind, "dora");
		Awaitility.await().during(Duration.ofSeconds(4)).atMost(Duration.ofSeconds(40)).untilAsserted(() -> {
			for (PresenceSocket each : List.of(observer, ada, alsoBen, dora)) {
				assertThat(each.keys()).containsExactly("ada", "ben", "dora");
			}
		});
		for (AppProcess each : List.of(between, ahead, behind)) {
			serves(each, "ada", "ben", "dora");
		}
		ahead.kill();
		sees(observer, "dora");
		sees(dora, "dora");
		serves(between, "dora");
		serves(behind, "dora");
		assertThat(observer.edges()).containsExactlyInAnyOrder("join ada", "join ben", "join carl",
				"leave carl disconnect", "join dora", "leave ada timeout", "leave ben timeout");
		behind.kill();
		sees(observer);
		assertThat(observer.edges()).last().isEqualTo("leave dora timeout");
	}

	/**
	 * The clock by which an instance dates its answers.
	 */
	private static Instant clock(AppProcess app) {
		HttpResponse<String> answer = app.get("/actuator/health/liveness", Duration.ofSeconds(5));
		return DateTimeFormatter.RFC_1123_DATE_TIME.parse(answer.headers().firstValue("Date").orElseThrow(),
				Instant::from);
	}

	@Test
	void anOrderlyShutdownIsToldAtOnce() {
		AppProcess one = app();
		AppProcess two = app();
		PresenceSocket observer = observe(one);
		PresenceSocket ben = join(two, "ben");
		sees(observer, "ben");
		two.stop();
		assertThat(ben.closed()).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(1012);
		sees(observer);
		assertThat(observer.edges()).containsExactly("join ben", "leave ben shutdown");
	}

	@Test
	void withGraceNobodySeesARollingRestart() {
		AppProcess one = app("--presence.grace=6s", "--presence.ttl=12s");
		AppProcess two = app("--presence.grace=6s", "--presence.ttl=12s");
		AppProcess three = app("--presence.grace=6s", "--presence.ttl=12s");
		PresenceSocket observer = observe(three);
		join(one, "ada");
		join(two, "ben");
		sees(observer, "ada", "ben");
		one.stop();
		join(two, "ada");
		one = one.startAgain();
		this.open.add(one);
		two.stop();
		join(one, "ada");
		join(one, "ben");
		two = two.startAgain();
		this.open.add(two);
		PresenceSocket last = join(two, "last");
		sees(observer, "ada", "ben", "last");
		last.close();
		// Grace and lease of all that has gone are over when the last one to go is gone.
		sees(observer, "ada", "ben");
		assertThat(observer.edges()).containsExactly("join ada", "join ben", "join last", "leave last disconnect");
	}

}
