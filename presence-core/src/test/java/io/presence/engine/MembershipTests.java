package io.presence.engine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

import org.junit.jupiter.api.Test;

import io.presence.JoinOption;
import io.presence.KickMode;
import io.presence.LeaveReason;
import io.presence.PresenceConnectionClosedException;
import io.presence.PresenceEvent;
import io.presence.PresenceMember;
import io.presence.engine.TestEngine.TestClient;
import io.presence.json.JsonText;
import io.presence.store.SimulatedStore.Faults;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Who is a member, with what data, and why somebody is no longer one.
 */
class MembershipTests {

	private static final Faults LATE = new Faults(50, 0, 0, 0);

	private final TestEngine alone = TestEngine.alone();

	private final TestClient observer = this.alone.open(Map.of("id", "watcher")).observe("room").settled();

	@Test
	void aRepeatedJoinIsNotAnnounced() {
		TestClient ada = this.alone.open(Map.of("id", 1, "name", "Ada")).join("room");
		this.observer.settled();
		ada.join("room");
		this.alone.engine.join(ada.connection(), "room");
		this.alone.pass(1_100);
		assertThat(this.observer.frames()).isEmpty();
	}

	@Test
	void aSecondTabWithEqualDataIsNotAnnouncedWhateverTheOrderOfItsFields() {
		this.alone.open(new LinkedHashMap<>(Map.of("id", 1, "n", 10))).join("room");
		this.observer.settled();
		this.alone.open(Map.of("n", 10.0, "id", 1L)).join("room");
		this.alone.pass(1_100);
		assertThat(this.observer.frames()).isEmpty();
		assertThat(this.alone.engine.count("room")).isOne();
	}

	@Test
	void aSecondTabWithOtherDataIsAnUpdate() {
		this.alone.open(Map.of("id", 1, "name", "Ada")).join("room");
		this.observer.settled();
		this.alone.open(Map.of("id", 1, "name", "Ada L.")).join("room");
		assertThat(this.observer.diff()).contains("\"updated\":[\"1\"]",
				"\"joins\":{\"1\":{\"id\":1,\"name\":\"Ada L.\"}}", "\"leaves\":{}");
	}

	@Test
	void theDataGoesBackToThatOfTheNewestTabThatRemains() {
		TestClient first = this.alone.open(Map.of("id", 1, "name", "first")).join("room");
		TestClient second = this.alone.open(Map.of("id", 1, "name", "second")).join("room");
		TestClient third = this.alone.open(Map.of("id", 1, "name", "third")).join("room");
		second.session.closed();
		this.observer.settled();
		third.session.closed();
		assertThat(this.observer.diff()).contains("\"updated\":[\"1\"]", "\"name\":\"first\"");
		first.session.closed();
		this.alone.pass(20);
		assertThat(this.observer.diff()).contains("\"leaves\":{\"1\":{\"id\":1,\"name\":\"first\"}}",
				"\"reasons\":{\"1\":\"disconnect\"}");
	}

	@Test
	void aTabThatWasUpdatedLastIsTheNewest() {
		TestClient first = this.alone.open(Map.of("id", 1, "name", "first")).join("room");
		this.alone.open(Map.of("id", 1, "name", "second")).join("room");
		this.alone.engine.update(first.connection(), Map.of("id", 1, "name", "renewed"));
		assertThat(this.alone.member("room", "1").data()).containsEntry("name", "renewed");
	}

	@Test
	void anUpdateCountsForAJoinThatWasAskedForBeforeButArrivesLater() {
		Runnable[] meanwhile = { null };
		TestEngine engine = TestEngine.alone((builder) -> builder.selector((user) -> {
			Runnable action = meanwhile[0];
			meanwhile[0] = null;
			if (action != null) {
				action.run();
			}
			return user;
		}));
		TestClient ada = engine.open(Map.of("id", 1, "name", "old"));
		meanwhile[0] = () -> engine.engine.update(ada.connection(), Map.of("id", 1, "name", "new"));
		engine.engine.join(ada.connection(), "room");
		assertThat(engine.member("room", "1").data()).containsEntry("name", "new");
	}

	@Test
	void anUpdateCountsThoughTheJoinThatWasAskedForBeforeReachesTheTopicAfterIt() {
		Connection ada = this.alone.open(Map.of("id", 1)).session.handle();
		Subscription subscription = ada.retain("room");
		ada.retain("room");
		subscription.topic.join(subscription, "1", JsonText.ofCanonical("{\"name\":\"new\"}"), 2,
				request(JoinRequest.Kind.UPDATE));
		subscription.topic.join(subscription, "1", JsonText.ofCanonical("{\"name\":\"old\"}"), 1,
				request(JoinRequest.Kind.JOIN));
		assertThat(this.alone.member("room", "1").data()).containsEntry("name", "new");
	}

	private static JoinRequest request(JoinRequest.Kind kind) {
		return new JoinRequest(kind, "room", null, null, true, false, null, JoinRequest.Answer.of((key) -> {
		}, (reason) -> {
			throw reason;
		}));
	}

	@Test
	void anUpdateIsSeenInEveryTopicAndTheMemberNeverLeaves() {
		TestClient ada = this.alone.open(Map.of("id", 1, "name", "Ada")).join("room").join("hall");
		this.observer.settled();
		this.alone.outcome(this.alone.engine.update(ada.connection(), Map.of("id", 1, "name", "Countess")));
		assertThat(this.alone.member("hall", "1").data()).containsEntry("name", "Countess");
		assertThat(this.observer.diff()).contains("\"updated\":[\"1\"]", "\"leaves\":{}");
	}

	@Test
	void theLastOfManyTabsAnnouncesOneLeave() {
		List<TestClient> tabs = List.of(this.alone.open(Map.of("id", 1)).join("room"),
				this.alone.open(Map.of("id", 1)).join("room"), this.alone.open(Map.of("id", 1)).join("room"));
		this.observer.settled();
		tabs.forEach((tab) -> {
			tab.session.closed();
			this.alone.pass(100);
		});
		assertThat(this.observer.diff()).contains("\"reasons\":{\"1\":\"disconnect\"}");
		assertThat(this.alone.events).filteredOn(PresenceEvent.Left.class::isInstance).hasSize(1);
	}

	@Test
	void everyDepartureHasItsReason() {
		TestClient leaver = this.alone.open(Map.of("id", "leaver")).join("room");
		TestClient left = this.alone.open(Map.of("id", "left")).join("room");
		TestClient closer = this.alone.open(Map.of("id", "closer")).join("room");
		this.alone.open(Map.of("id", "kicked")).join("room");
		this.alone.open(Map.of("id", "silent")).join("room");
		this.observer.settled();
		leaver.leave("room");
		this.alone.engine.leave(left.connection(), "room");
		closer.session.closed();
		this.alone.engine.kick("kicked", "room", KickMode.LEAVE);
		for (int second = 0; second < 46; second++) {
			this.alone.pass(1_000);
			this.observer.session.alive();
		}
		assertThat(this.alone.events).filteredOn(PresenceEvent.Left.class::isInstance)
			.map((event) -> event.key() + " " + ((PresenceEvent.Left) event).reason())
			.containsExactly("leaver LEAVE", "left LEAVE", "closer DISCONNECT", "kicked KICKED", "silent TIMEOUT");
		assertThat(String.join("", this.observer.diffs())).contains("\"leaver\":\"leave\"", "\"left\":\"leave\"",
				"\"closer\":\"disconnect\"", "\"kicked\":\"kicked\"", "\"silent\":\"timeout\"");
	}

	@Test
	void everyAnonymousConnectionIsAMemberOfItsOwnUnderAKeyThatNoUserCanHave() {
		TestClient one = this.alone.open(null).join("room");
		TestClient other = this.alone.open(Map.of("name", "no id")).join("room");
		this.alone.open(Map.of("id", "~" + one.id())).join("room");
		assertThat(this.alone.keys("room")).hasSize(3).contains("~" + one.id(), "~" + other.id());
	}

	@Test
	void inATopicKeyedByConnectionEveryTabIsAMember() {
		TestEngine byConnection = TestEngine
			.alone((builder) -> builder.topicRules((topic) -> TopicRules.Tracking.BY_CONNECTION));
		TestClient one = byConnection.open(Map.of("id", 1)).join("room");
		TestClient other = byConnection.open(Map.of("id", 1)).join("room");
		assertThat(byConnection.keys("room")).containsExactlyInAnyOrder(one.id(), other.id());
		assertThat(byConnection.member("room", one.id()).data()).containsEntry("id", 1);
	}

	@Test
	void aConnectionThatClosesInMidJoinLeavesNothingAndTheCallerHearsWhy() {
		TestEngine late = TestEngine.shared(LATE, 0, (builder) -> builder);
		TestClient ada = late.open(Map.of("id", 1));
		CompletionStage<PresenceMember> join = late.engine.join(ada.connection(), "room");
		ada.session.closed();
		assertThat(late.failure(join)).isInstanceOfSatisfying(PresenceConnectionClosedException.class,
				(ex) -> assertThat(ex.code()).isEqualTo("WS_CLOSED"));
		assertThat(late.counted("aborted ws_closed")).isOne();
		late.pass(100_000);
		assertThat(late.engine.topics()).isEmpty();
		assertThat(late.engine.statistics()).isEqualTo(new EngineStatistics(0, 0, 0, 0, 0, 0));
		assertThat(late.time.waiting()).isZero();
	}

	@Test
	void theRollbackOfAJoinDoesNotTouchASiblingTab() {
		TestEngine late = TestEngine.shared(LATE, 0, (builder) -> builder);
		TestClient watcher = late.open(null).observe("room").settled();
		late.open(Map.of("id", 1, "name", "stays")).join("room");
		watcher.settled();
		TestClient second = late.open(Map.of("id", 1, "name", "goes"));
		late.engine.join(second.connection(), "room");
		second.session.closed();
		late.pass(1_000);
		assertThat(late.member("room", "1").data()).containsEntry("name", "stays");
		assertThat(watcher.frames()).noneMatch((frame) -> frame.contains("\"leaves\":{\"1\""));
	}

	@Test
	void inMidJoinThereIsNoGrace() {
		TestEngine late = TestEngine.shared(LATE, 0, (builder) -> builder.settings(TestEngine.grace(60_000)));
		TestClient watcher = late.open(null).observe("room").settled();
		TestClient ada = late.open(Map.of("id", 1)).join("room");
		ada.session.closed();
		watcher.settled();
		assertThat(late.engine.count("room")).isZero();
	}

	@Test
	void aJoinIsAnsweredOnlyWhenTheRosterShowsIt() {
		TestEngine late = TestEngine.shared(LATE, 0, (builder) -> builder);
		TestClient ada = late.open(Map.of("id", 1));
		CompletionStage<Integer> seen = late.engine.join(ada.connection(), "room")
			.thenApply((member) -> late.engine.count("room"));
		assertThat(seen.toCompletableFuture()).isNotDone();
		late.pass(1_000);
		assertThat(seen.toCompletableFuture()).isCompletedWithValue(1);
		assertThat(ada.link.take()).last().asString().contains("\"event\":\"state\"", "\"data\":{\"1\":");
	}

	@Test
	void aTabThatClosesGivesWayToNewerDataElsewhere() {
		TestEngine shared = TestEngine.shared(Faults.NONE, 0, (builder) -> builder);
		shared.open(Map.of("id", 1, "name", "here")).join("room");
		shared.store.remoteHold("other", "room", "1", JsonText.ofCanonical("{\"id\":1,\"name\":\"there\"}"),
				shared.store.stamp());
		TestClient newest = shared.open(Map.of("id", 1, "name", "here")).join("room");
		assertThat(shared.member("room", "1").data()).containsEntry("name", "here");
		newest.session.closed();
		assertThat(shared.member("room", "1").data()).containsEntry("name", "there");
	}

	@Test
	void whoLeavesHereButIsElsewhereHasNotLeft() {
		TestEngine shared = TestEngine.shared(Faults.NONE, 0, (builder) -> builder);
		TestClient watcher = shared.open(null).observe("room").settled();
		TestClient ada = shared.open(Map.of("id", 1)).join("room");
		shared.store.remoteHold("other", "room", "1", JsonText.ofCanonical("{\"id\":1}"), shared.store.stamp());
		watcher.settled();
		ada.leave("room");
		shared.pass(1_000);
		assertThat(watcher.frames()).isEmpty();
		shared.store.remoteRelease("other", "room", "1", LeaveReason.SHUTDOWN);
		assertThat(watcher.diff()).contains("\"reasons\":{\"1\":\"shutdown\"}");
	}

	@Test
	void aJoinHeardToBeRefusedAfterItWasAskedForAgainLeavesNoGhost() {
		TestEngine late = TestEngine.shared(new Faults(30, 0, 0, 0), 1, (builder) -> builder);
		late.open(null).observe("room").settled();
		for (int round = 0; round < 200; round++) {
			TestClient first = late.open(Map.of("id", "first")).join("room");
			late.pass(round % 37);
			TestClient second = late.open(Map.of("id", "second", "name", "a")).join("room");
			late.pass(round % 7);
			first.session.closed();
			late.engine.update(second.connection(), Map.of("id", "second", "name", "b"));
			late.pass(1_000);
			second.session.closed();
			late.pass(1_000);
			assertThat(late.engine.list("room")).as("round " + round).isEmpty();
		}
	}

	@Test
	void aStateThatComesWithTheJoinIsInTheSameDiff() {
		this.alone.engine.join(this.alone.open(Map.of("id", 1)).connection(), "room", JoinOption.state("typing"));
		assertThat(this.observer.diff()).contains("\"joins\":{\"1\"", "\"state\":\"typing\"");
	}

}
