package io.presence.spring.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.authentication.event.LogoutSuccessEvent;

import io.presence.KickMode;
import io.presence.LeaveReason;
import io.presence.PresenceAuthorizer;
import io.presence.PresenceEvent;
import io.presence.PresenceListener;
import io.presence.PresenceMember;
import io.presence.PresenceUserResolver;
import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.spring.recipes.RunningApplication;
import io.presence.spring.support.TomcatServer;
import io.presence.spring.websocket.TestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is taken away on one instance is taken away on every one, and does not come back
 * by healing.
 */
@ExtendWith(RedisServerExtension.class)
class ClusterAccessTests {

	private static final Set<String> denied = ConcurrentHashMap.newKeySet();

	private final List<AutoCloseable> open = new ArrayList<>();

	private final RedisServer redis;

	private RunningApplication one;

	private RunningApplication two;

	private TestClient here;

	private TestClient there;

	private TestClient witness;

	ClusterAccessTests(RedisServer redis) {
		this.redis = redis;
	}

	@BeforeEach
	void annIsInTwoRoomsOnTwoInstances() throws InterruptedException {
		denied.clear();
		this.one = start();
		this.two = start();
		this.here = connect(this.one, "ann").joined("room").joined("hall");
		this.there = connect(this.two, "ann").joined("room").joined("hall");
		this.witness = connect(this.one, "wit").joined("room").joined("hall");
		eventually().untilAsserted(() -> {
			assertThat(keys(this.one, "hall")).containsExactlyInAnyOrder("ann", "wit");
			assertThat(keys(this.two, "hall")).containsExactlyInAnyOrder("ann", "wit");
			assertThat(keys(this.two, "room")).containsExactlyInAnyOrder("ann", "wit");
		});
	}

	@AfterEach
	void close() throws Exception {
		for (AutoCloseable each : this.open) {
			each.close();
		}
	}

	@Test
	void aMemberIsKickedFromATopicOnEveryInstance() throws Exception {
		assertThat(answer(this.two.presence().kick("ann", "room", KickMode.LEAVE))).isEqualTo(2);
		assertTold(this.here, "room", "kicked");
		assertTold(this.there, "room", "kicked");
		assertThat(reasonOfTheLeaveSeen("room")).isEqualTo("kicked");
		eventually()
			.untilAsserted(() -> assertThat(this.two.bean(Leaves.class).reasons("room")).containsExactly("ann kicked"));
		assertThat(keys(this.one, "hall")).containsExactlyInAnyOrder("ann", "wit");
		this.there.send("{'type':'ping'}");
		assertThat(this.there.next("pong")).isNotNull();
		doesNotComeBack();
	}

	@Test
	void aMemberIsKickedFromAllTopicsOnEveryInstance() throws Exception {
		assertThat(answer(this.one.presence().kick("ann", null, KickMode.LEAVE))).isEqualTo(2);
		for (TestClient client : List.of(this.here, this.there)) {
			assertThat(List.of(told(client, "kicked"), told(client, "kicked"))).containsExactlyInAnyOrder("room",
					"hall");
		}
		eventually().untilAsserted(() -> assertThat(keys(this.two, "hall")).containsExactly("wit"));
		doesNotComeBack();
	}

	@Test
	void theConnectionsOfAMemberAreClosedOnEveryInstance() throws Exception {
		assertThat(answer(this.one.presence().kick("ann", "room", KickMode.CLOSE))).isEqualTo(2);
		assertThat(this.here.closeCode()).isEqualTo(4403);
		assertThat(this.there.closeCode()).isEqualTo(4403);
		assertTold(this.there, "room", "kicked");
		eventually().untilAsserted(() -> assertThat(keys(this.one, "hall")).containsExactly("wit"));
		doesNotComeBack();
	}

	@Test
	void whoIsKickedMayComeBackUnlessTheAuthorizerSaysNo() throws Exception {
		answer(this.one.presence().kick("ann", "room", KickMode.LEAVE));
		assertTold(this.there, "room", "kicked");
		this.there.joined("room");
		eventually().untilAsserted(() -> assertThat(keys(this.one, "room")).contains("ann"));
		denied.add("ann room");
		answer(this.one.presence().kick("ann", "room", KickMode.LEAVE));
		assertTold(this.there, "room", "kicked");
		this.there.send("{'type':'subscribe','topic':'room'}");
		assertThat(this.there.next("subscribe-denied").path("reason").asString()).isEqualTo("unauthorized");
	}

	@Test
	void authorityIsAskedAgainOnEveryInstance() throws Exception {
		denied.add("ann room");
		assertThat(answer(this.two.presence().revalidate("ann"))).isEqualTo(2);
		assertTold(this.here, "room", "unauthorized");
		assertTold(this.there, "room", "unauthorized");
		assertThat(reasonOfTheLeaveSeen("room")).isEqualTo("kicked");
		assertThat(keys(this.one, "hall")).containsExactlyInAnyOrder("ann", "wit");
		this.there.send("{'type':'ping'}");
		assertThat(this.there.next("pong")).isNotNull();
		doesNotComeBack();
	}

	@Test
	void aLogoutOnOneInstanceAsksAgainOnTheOther() throws Exception {
		denied.add("ann room");
		this.here.close();
		this.one.publish(new LogoutSuccessEvent(new TestingAuthenticationToken("ann", "")));
		assertTold(this.there, "room", "unauthorized");
		assertThat(keys(this.two, "hall")).containsExactlyInAnyOrder("ann", "wit");
	}

	/**
	 * Neither when Redis has forgotten everything and is told again, nor when the other
	 * instance is replaced.
	 */
	private void doesNotComeBack() throws InterruptedException {
		List<String> before = this.one.bean(Leaves.class).all();
		this.redis.flush();
		eventually().until(() -> !this.redis.execute((commands) -> commands.keys("presence:*:t:room")).isEmpty());
		this.two.close();
		RunningApplication three = start();
		TestClient newcomer = connect(three, "new").joined("room");
		eventually().untilAsserted(() -> {
			assertThat(keys(this.one, "room")).containsExactlyInAnyOrder("wit", "new");
			assertThat(keys(three, "room")).containsExactlyInAnyOrder("wit", "new");
		});
		String topic = this.redis.execute((commands) -> commands.keys("presence:*:t:room")).get(0);
		List<String> fields = this.redis.execute((commands) -> commands.hkeys(topic));
		assertThat(fields).contains("mwit", "mnew").doesNotContain("mann");
		assertThat(this.one.bean(Leaves.class).all()).filteredOn((leave) -> leave.startsWith("room ann"))
			.isEqualTo(before.stream().filter((leave) -> leave.startsWith("room ann")).toList());
		newcomer.close();
	}

	private static void assertTold(TestClient client, String topic, String reason) throws InterruptedException {
		assertThat(told(client, reason)).isEqualTo(topic);
	}

	private static String told(TestClient client, String reason) throws InterruptedException {
		JsonNode told = client.next("unsubscribed");
		assertThat(told.path("reason").asString()).isEqualTo(reason);
		return told.path("topic").asString();
	}

	private String reasonOfTheLeaveSeen(String topic) throws InterruptedException {
		while (true) {
			JsonNode diff = this.witness.next("diff");
			if (diff.path("topic").asString().equals("__presence:" + topic)
					&& diff.path("data").path("leaves").has("ann")) {
				return diff.path("reasons").path("ann").asString();
			}
		}
	}

	private RunningApplication start() {
		RunningApplication started = RunningApplication.on(this.redis, Application.class);
		this.open.add(started);
		return started;
	}

	private TestClient connect(RunningApplication application, String login) throws InterruptedException {
		return application.connect("/presence?login=" + login, Map.of());
	}

	private static List<String> keys(RunningApplication application, String topic) {
		return application.presence().list(topic).stream().map(PresenceMember::key).toList();
	}

	private static int answer(CompletionStage<Integer> stage) throws Exception {
		return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
	}

	private static ConditionFactory eventually() {
		return Awaitility.await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(50));
	}

	/**
	 * What an instance's listeners heard.
	 */
	static final class Leaves implements PresenceListener {

		private final List<String> leaves = new ArrayList<>();

		@Override
		public synchronized void onEvent(PresenceEvent event) {
			if (event instanceof PresenceEvent.Left left) {
				LeaveReason reason = left.reason();
				this.leaves.add(left.topic() + " " + left.member().key() + " " + reason.code());
			}
		}

		synchronized List<String> all() {
			return List.copyOf(this.leaves);
		}

		List<String> reasons(String topic) {
			return all().stream()
				.filter((leave) -> leave.startsWith(topic + " "))
				.map((leave) -> leave.substring(topic.length() + 1))
				.toList();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(TomcatServer.class)
	static class Application {

		@Bean
		PresenceUserResolver users() {
			return (handshake) -> Map.of("id", handshake.parameter("login"));
		}

		@Bean
		PresenceAuthorizer authorizer() {
			return (request) -> !(request.userData() instanceof Map<?, ?> user
					&& denied.contains(user.get("id") + " " + request.topic()));
		}

		@Bean
		Leaves leaves() {
			return new Leaves();
		}

	}

}
