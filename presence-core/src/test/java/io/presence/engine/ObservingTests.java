package io.presence.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

import org.junit.jupiter.api.Test;

import io.presence.KickMode;
import io.presence.engine.PresenceSettings.Limits;
import io.presence.engine.TestEngine.TestClient;
import io.presence.json.JsonText;
import io.presence.store.SimulatedStore.Faults;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What observers are sent, and when.
 */
class ObservingTests {

	private final TestEngine alone = TestEngine.alone();

	@Test
	void leavingEndsOneGroundToObserveAndUnobservingTheOther() {
		TestClient both = this.alone.open(Map.of("id", 1)).join("room").observe("room").settled();
		both.leave("room").settled();
		this.alone.open(Map.of("id", 2)).join("room");
		assertThat(both.diffs()).hasSize(1);
		both.join("room").leave("__presence:room").settled();
		this.alone.open(Map.of("id", 3)).join("room");
		assertThat(both.diffs()).hasSize(1);
		both.leave("room").settled();
		this.alone.open(Map.of("id", 4)).join("room");
		this.alone.pass(100);
		assertThat(both.frames()).isEmpty();
	}

	@Test
	void whoObservesOnTwoGroundsGetsEachFrameOnce() {
		TestClient both = this.alone.open(Map.of("id", 1)).join("room").observe("room").settled();
		this.alone.open(Map.of("id", 2)).join("room");
		this.alone.pass(100);
		assertThat(both.frames()).hasSize(1);
		this.alone.pass(30_000);
		assertThat(both.frames()).filteredOn((frame) -> frame.contains("\"event\":\"heartbeat\"")).hasSize(1);
	}

	@Test
	void joiningWithoutObservingBringsOneSnapshotAndNoMore() {
		TestClient ada = this.alone.open(Map.of("id", 1)).send("{'type':'subscribe','topic':'room','observe':false}");
		assertThat(ada.frames()).hasSize(2).last().asString().contains("\"event\":\"state\"");
		this.alone.open(Map.of("id", 2)).join("room");
		this.alone.pass(20_000);
		assertThat(ada.frames()).isEmpty();
		ada.send("{'type':'presence-snapshot','topic':'room'}");
		assertThat(ada.frames()).singleElement().asString().contains("not-observing");
	}

	@Test
	void syncingAgainSendsAFreshSnapshotAtMostOncePerSecond() {
		TestClient observer = this.alone.open(null).observe("room").settled();
		for (int i = 0; i < 50; i++) {
			observer.send("{'type':'presence-snapshot','topic':'room'}");
			this.alone.pass(10);
		}
		assertThat(observer.frames()).filteredOn((frame) -> frame.contains("\"event\":\"state\"")).hasSize(1);
		this.alone.pass(1_000);
		assertThat(observer.frames()).filteredOn((frame) -> frame.contains("\"event\":\"state\"")).hasSize(1);
	}

	@Test
	void manyJoinsOnDifferentSocketsWithinAWindowAreOneDiff() {
		TestClient observer = this.alone.open(null).observe("room").settled();
		for (int i = 0; i < 100; i++) {
			this.alone.open(Map.of("id", i)).join("room");
		}
		this.alone.pass(10);
		assertThat(observer.diffs()).hasSize(2);
		assertThat(observer.model.topic("room").members).hasSize(100);
	}

	@Test
	void aThousandSocketsThatCloseAtOnceAreTwoDiffs() {
		TestClient observer = this.alone.open(null).observe("room").settled();
		List<TestClient> clients = new ArrayList<>();
		for (int i = 0; i < 1_000; i++) {
			clients.add(this.alone.open(Map.of("id", i)).join("room"));
		}
		observer.settled();
		clients.forEach((client) -> client.session.closed());
		this.alone.pass(10);
		assertThat(observer.diffs()).hasSize(2);
		assertThat(observer.model.topic("room").members).isEmpty();
	}

	@Test
	void whatComesAndGoesWithinAWindowIsNotSentAndTheVersionStays() {
		TestClient observer = this.alone.open(null).observe("room").settled();
		TestClient ada = this.alone.open(Map.of("id", 1)).join("room");
		observer.frames();
		long version = observer.model.topic("room").version;
		ada.leave("room").join("room");
		TestClient bob = this.alone.open(Map.of("id", 2)).join("room");
		bob.leave("room");
		this.alone.pass(100);
		assertThat(observer.frames()).isEmpty();
		assertThat(observer.model.topic("room").version).isEqualTo(version);
	}

	@Test
	void aSnapshotNeverUndoesADiffOfTheSameMoment() {
		TestClient observer = this.alone.open(null).observe("room").settled();
		this.alone.open(Map.of("id", 1)).join("room");
		observer.frames();
		this.alone.open(Map.of("id", 2)).join("room");
		TestClient late = this.alone.open(Map.of("id", 3)).observe("room").join("room");
		this.alone.pass(100);
		observer.frames();
		late.frames();
		assertThat(late.model.topic("room").members).isEqualTo(observer.model.topic("room").members).hasSize(3);
		assertThat(late.model.topic("room").version).isEqualTo(observer.model.topic("room").version);
	}

	@Test
	void joiningReadsTheWholeRosterForTheJoinerOnlyAndNotForOthers() {
		TestClient observer = this.alone.open(null).observe("room").settled();
		for (int i = 0; i < 50; i++) {
			this.alone.open(Map.of("id", i)).join("room");
			this.alone.pass(100);
		}
		assertThat(observer.frames()).hasSize(50).allMatch((frame) -> frame.contains("\"event\":\"diff\""));
	}

	@Test
	void flushDiffsHandsOverWhatWaitsBeforeItReturns() {
		TestClient observer = this.alone.open(null).observe("room").settled();
		this.alone.open(Map.of("id", 1)).join("room");
		this.alone.open(Map.of("id", 2)).join("room");
		assertThat(observer.diffs()).hasSize(1);
		this.alone.engine.flushDiffs();
		assertThat(observer.diff()).contains("\"joins\":{\"2\":");
	}

	@Test
	void aClientThatComesBackGetsOnlyWhatItMissed() {
		TestClient observer = this.alone.open(null).observe("room").settled();
		this.alone.open(Map.of("id", 1)).join("room");
		observer.settled();
		String had = "'epoch':'" + observer.model.topic("room").epoch + "','v':" + observer.model.topic("room").version
				+ "}";
		observer.session.closed();
		TestClient back = this.alone.open(null).send("{'type':'subscribe','topic':'__presence:room'," + had);
		assertThat(back.link.take()).last().asString().contains("\"type\":\"current\"");
		back.session.closed();
		this.alone.open(Map.of("id", 2)).join("room");
		TestClient again = this.alone.open(null).send("{'type':'subscribe','topic':'__presence:room'," + had);
		this.alone.pass(100);
		assertThat(again.link.take()).last().asString().contains("\"event\":\"diff\"", "\"joins\":{\"2\":");
	}

	@Test
	void whatAnotherTimeOfWatchingGaveIsAnsweredWithTheWholeState() {
		TestClient observer = this.alone.open(null)
			.send("{'type':'subscribe','topic':'__presence:room','epoch':'of another','v':1}");
		assertThat(observer.frames()).last().asString().contains("\"event\":\"state\"");
	}

	@Test
	void heartbeatsCarryDataToThoseWhoSweepAndOnlyThePositionToLightOnes() {
		this.alone.open(Map.of("id", 1)).join("room");
		TestClient sweeping = this.alone.open(null).observe("room").settled();
		TestClient light = this.alone.open(null)
			.send("{'type':'subscribe','topic':'__presence:room','heartbeat':'light'}")
			.settled();
		this.alone.pass(30_000);
		assertThat(sweeping.frames()).singleElement()
			.asString()
			.contains("\"event\":\"heartbeat\"", "\"data\":{\"1\":{\"id\":1}}");
		assertThat(light.frames()).singleElement()
			.asString()
			.contains("\"event\":\"heartbeat\"")
			.doesNotContain("data");
	}

	@Test
	void aHeartbeatNeverWritesBackAMemberWhoIsLeaving() {
		TestEngine slow = TestEngine.alone((builder) -> builder
			.settings(PresenceSettings.defaults().withHeartbeat(Duration.ofMillis(7), Duration.ofSeconds(1))));
		TestClient observer = slow.open(null).observe("room").settled();
		for (int i = 0; i < 50; i++) {
			TestClient ada = slow.open(Map.of("id", 1)).join("room");
			slow.pass(i % 13);
			ada.leave("room");
			slow.pass(i % 11);
			observer.frames();
		}
		slow.pass(100);
		observer.frames();
		assertThat(observer.model.topic("room").members).isEmpty();
	}

	@Test
	void whoStopsObservingBeforeTheRosterIsKnownGetsNothing() {
		TestEngine late = TestEngine.shared(new Faults(50, 0, 0, 0), 0, (builder) -> builder);
		TestClient observer = late.open(null).observe("room").leave("__presence:room");
		late.pass(1_000);
		assertThat(observer.frames()).hasSize(2)
			.satisfiesExactly((subscribed) -> assertThat(subscribed).contains("\"type\":\"subscribed\""),
					(unsubscribed) -> assertThat(unsubscribed).contains("\"type\":\"unsubscribed\""));
		late.store.remoteHold("other", "room", "1", JsonText.EMPTY_OBJECT, 1);
		late.pass(1_000);
		assertThat(observer.frames()).isEmpty();
		assertThat(late.engine.statistics().observers()).isZero();
	}

	@Test
	void whoIsDeniedIsNotSubscribed() {
		TestEngine closed = TestEngine.alone((builder) -> builder.authorizer((request) -> {
			if (request.topic().equals("broken")) {
				throw new IllegalStateException("no answer");
			}
			return false;
		}));
		TestClient ada = closed.open(Map.of("id", 1)).join("room").observe("room").join("broken").observe("broken");
		assertThat(ada.frames()).hasSize(4).allMatch((frame) -> frame.contains("\"reason\":\"unauthorized\""));
		ada.send("{'type':'presence-snapshot','topic':'room'}")
			.send("{'type':'presence-snapshot','topic':'__presence:room'}");
		assertThat(ada.frames()).hasSize(2).allMatch((frame) -> frame.contains("not-observing"));
		assertThat(closed.engine.statistics().participatingConnections()).isZero();
		assertThat(closed.counted("denied")).isEqualTo(4);
	}

	@Test
	void whoMayNoLongerObserveIsToldAndGetsNoMore() {
		boolean[] allowed = { true };
		TestEngine guarded = TestEngine.alone((builder) -> builder.authorizer((request) -> allowed[0]));
		TestClient observer = guarded.open(Map.of("id", 1)).observe("room").settled();
		TestClient member = guarded.open(Map.of("id", 1)).join("room").settled();
		observer.frames();
		allowed[0] = false;
		guarded.engine.revalidate("1");
		guarded.pass(100);
		assertThat(observer.frames()).last()
			.asString()
			.isEqualTo("{\"type\":\"unsubscribed\",\"topic\":\"__presence:room\",\"reason\":\"unauthorized\"}");
		assertThat(member.frames()).last().asString().contains("\"reason\":\"unauthorized\"");
		assertThat(guarded.engine.statistics().observers()).isZero();
		assertThat(guarded.engine.count("room")).isZero();
	}

	@Test
	void whoIsKickedIsToldAndClosedIfAsked() {
		TestClient ada = this.alone.open(Map.of("id", 1)).join("room").settled();
		assertThat(this.alone.outcome(this.alone.engine.kick("1", null, KickMode.CLOSE))).isOne();
		assertThat(ada.link.take()).last()
			.asString()
			.isEqualTo("{\"type\":\"unsubscribed\",\"topic\":\"room\",\"reason\":\"kicked\"}");
		assertThat(ada.link.closeCode()).isEqualTo(4403);
		assertThat(this.alone.engine.statistics().connections()).isZero();
	}

	@Test
	void whoIsKickedIsClosedAtOnceAndShownNoMoreOnceThatIsDone() {
		TestEngine shared = TestEngine.shared(new Faults(40, 0, 0, 0), 0, (builder) -> builder);
		shared.open(null).observe("room").settled();
		TestClient ada = shared.open(Map.of("id", 1)).join("room").settled();
		assertThat(shared.engine.count("room")).isOne();
		List<Integer> counts = new ArrayList<>();
		CompletionStage<Integer> kicked = shared.engine.kick("1", "room", KickMode.CLOSE);
		kicked.thenRun(() -> counts.add(shared.engine.count("room")));
		assertThat(ada.link.take()).last().asString().contains("\"reason\":\"kicked\"");
		assertThat(ada.link.closeCode()).isEqualTo(4403);
		assertThat(counts).isEmpty();
		shared.pass(1_000);
		assertThat(kicked.toCompletableFuture()).isCompletedWithValue(1);
		assertThat(counts).containsExactly(0);
	}

	@Test
	void whoIsKickedAndTakesNothingIsClosedAllTheSame() {
		TestClient ada = this.alone.open(Map.of("id", 1)).join("room").settled();
		ada.link.stall();
		this.alone.engine.kick("1", null, KickMode.CLOSE);
		this.alone.pass(60_000);
		assertThat(ada.link.closeCode()).isNotNull();
		assertThat(this.alone.engine.statistics().connections()).isZero();
		assertThat(this.alone.time.waiting()).isZero();
	}

	@Test
	void clearEndsOnlyWhatIsOfThisInstance() {
		TestEngine shared = TestEngine.shared(Faults.NONE, 0, (builder) -> builder);
		TestClient watcher = shared.open(null).observe("room").settled();
		shared.open(Map.of("id", 1)).join("room").join("hall");
		shared.store.remoteHold("other", "room", "2", JsonText.EMPTY_OBJECT, shared.store.stamp());
		shared.outcome(shared.engine.clear());
		assertThat(shared.keys("room")).containsExactly("2");
		assertThat(shared.engine.count("hall")).isZero();
		shared.open(Map.of("id", 3)).join("room");
		shared.pass(100);
		assertThat(watcher.frames()).isNotEmpty();
		assertThat(watcher.model.topic("room").members).containsOnlyKeys("2", "3");
	}

	@Test
	void aSlowClientIsConflatedAndNobodyElseWaits() {
		TestEngine tight = TestEngine.alone((builder) -> builder.settings(PresenceSettings.defaults()
			.withLimits(new Limits(1000, 1000, 1000, 100, 0, 256, 16384, 1024, 2_000, 1_000))));
		TestClient fast = tight.open(null).observe("room").settled();
		TestClient slow = tight.open(null).observe("room").settled();
		slow.link.stall();
		for (int i = 0; i < 200; i++) {
			tight.open(Map.of("id", i)).join("room");
			tight.pass(20);
		}
		assertThat(fast.diffs()).hasSize(200);
		assertThat(slow.link.take()).hasSize(1);
		assertThat(tight.counted("conflated")).isOne();
		slow.link.resume();
		tight.pass(1_100);
		List<String> frames = slow.link.take();
		assertThat(frames).singleElement().asString().contains("\"event\":\"state\"", "\"count\":200");
		tight.open(Map.of("id", "after")).join("room");
		assertThat(slow.link.take()).singleElement().asString().contains("\"event\":\"diff\"");
	}

	@Test
	void aClientThatTakesNothingIsGivenUp() {
		TestClient observer = this.alone.open(null).observe("room").settled();
		TestClient stuck = this.alone.open(Map.of("id", "stuck")).join("room").settled();
		observer.frames();
		stuck.link.stall();
		this.alone.open(Map.of("id", 1)).join("room");
		for (int second = 0; second < 22; second++) {
			this.alone.pass(1_000);
			observer.session.alive();
			stuck.session.alive();
		}
		assertThat(stuck.link.closeCode()).isEqualTo(1001);
		assertThat(String.join("", observer.diffs())).contains("\"reasons\":{\"stuck\":\"timeout\"}");
	}

	@Test
	void leavingAndComingBackBringsNoMoreSnapshotsThanStaying() {
		TestClient ada = this.alone.open(Map.of("id", 1));
		for (int i = 0; i < 50; i++) {
			ada.send("{'type':'subscribe','topic':'room'}").send("{'type':'unsubscribe','topic':'room'}");
		}
		ada.send("{'type':'subscribe','topic':'room'}");
		this.alone.pass(900);
		assertThat(ada.link.take()).filteredOn((frame) -> frame.contains("\"event\":\"state\"")).hasSize(1);
		this.alone.pass(200);
		assertThat(ada.link.take()).filteredOn((frame) -> frame.contains("\"event\":\"state\"")).hasSize(1);
	}

}
