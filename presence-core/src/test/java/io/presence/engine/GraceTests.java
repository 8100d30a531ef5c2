package io.presence.engine;

import java.util.Map;

import org.junit.jupiter.api.Test;

import io.presence.KickMode;
import io.presence.LeaveReason;
import io.presence.PresenceEvent;
import io.presence.engine.TestEngine.TestClient;
import io.presence.json.JsonText;
import io.presence.store.SimulatedStore.Faults;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Members whose connection was lost a moment ago.
 */
class GraceTests {

	private final TestEngine grace = TestEngine.shared(Faults.NONE, 0,
			(builder) -> builder.settings(TestEngine.grace(5_000)));

	private final TestClient observer = this.grace.open(null).observe("room").settled();

	private final TestClient ada = this.grace.open(Map.of("id", 1, "name", "Ada")).join("room");

	@Test
	void whoComesBackInTimeWasNeverSeenToGo() {
		this.ada.state("room", "'typing'");
		this.observer.settled();
		this.ada.session.closed();
		this.grace.pass(4_000);
		assertThat(this.grace.engine.count("room")).isOne();
		assertThat(this.grace.member("room", "1").data()).containsEntry("name", "Ada");
		assertThat(this.grace.member("room", "1").state()).isEqualTo("typing");
		this.grace.open(Map.of("id", 1, "name", "Ada")).join("room");
		this.grace.pass(10_000);
		assertThat(String.join("", this.observer.diffs())).contains("\"joins\":{},\"leaves\":{}")
			.doesNotContain("\"leaves\":{\"1\"", "\"joins\":{\"1\"");
		assertThat(this.grace.events).noneMatch(PresenceEvent.Left.class::isInstance);
	}

	@Test
	void theOldStateGoesInTheDiffInWhichTheKeyComesBack() {
		this.ada.state("room", "'typing'");
		this.observer.settled();
		this.ada.session.closed();
		this.grace.pass(1_000);
		TestClient back = this.grace.open(Map.of("id", 1, "name", "Ada"))
			.send("{'type':'subscribe','topic':'room','state':'back'}");
		assertThat(this.observer.diff()).contains("\"" + this.ada.id() + "\":{\"key\":\"1\",\"state\":null",
				"\"" + back.id() + "\":{\"key\":\"1\",\"state\":\"back\"");
	}

	@Test
	void whoDoesNotComeBackLeavesOnceWithTheReasonOfThen() {
		this.observer.settled();
		this.ada.session.closed();
		this.grace.pass(5_020);
		assertThat(this.observer.diff()).contains("\"reasons\":{\"1\":\"disconnect\"}");
		assertThat(this.grace.engine.count("room")).isZero();
	}

	@Test
	void leavingAndKickingAreImmediate() {
		this.grace.open(Map.of("id", 2)).join("room");
		this.ada.leave("room");
		this.grace.engine.kick("2", "room", KickMode.CLOSE);
		assertThat(this.grace.engine.count("room")).isZero();
	}

	@Test
	void aKickEndsTheGraceToo() {
		this.ada.session.closed();
		this.grace.engine.kick("1", null, KickMode.LEAVE);
		assertThat(this.grace.engine.count("room")).isZero();
		assertThat(this.grace.events).filteredOn(PresenceEvent.Left.class::isInstance)
			.singleElement()
			.satisfies((event) -> assertThat(((PresenceEvent.Left) event).reason()).isEqualTo(LeaveReason.KICKED));
	}

	@Test
	void anonymousConnectionsHaveNoGrace() {
		TestClient anonymous = this.grace.open(null).join("room");
		anonymous.session.closed();
		assertThat(this.grace.keys("room")).containsExactly("1");
	}

	@Test
	void aConnectionThatTimedOutHasGrace() {
		for (int second = 0; second < 46; second++) {
			this.grace.pass(1_000);
			this.observer.session.alive();
		}
		assertThat(this.ada.link.closeCode()).isEqualTo(1001);
		assertThat(this.grace.engine.count("room")).isOne();
		this.grace.pass(5_000);
		assertThat(this.grace.engine.count("room")).isZero();
	}

	@Test
	void aHoldThatLingersYieldsToAnotherInstance() {
		this.ada.state("room", "'old'");
		this.observer.settled();
		this.ada.session.closed();
		this.grace.store.remoteHold("other", "room", "1", JsonText.ofCanonical("{\"id\":1,\"name\":\"Ada\"}"),
				this.grace.store.stamp());
		this.grace.pass(1_000);
		assertThat(this.grace.engine.statistics().holds()).isZero();
		assertThat(this.grace.member("room", "1").state()).isNull();
		this.grace.pass(10_000);
		assertThat(this.grace.engine.count("room")).isOne();
		assertThat(this.observer.diffs()).noneMatch((diff) -> diff.contains("\"leaves\":{\"1\""));
		this.grace.store.remoteRelease("other", "room", "1", LeaveReason.LEAVE);
		assertThat(this.grace.engine.count("room")).isZero();
	}

	@Test
	void nothingRemainsOfWhoLingeredWhenTheTimeIsOver() {
		this.ada.state("room", "1");
		this.ada.session.closed();
		this.observer.session.closed();
		this.grace.pass(60_000);
		assertThat(this.grace.engine.statistics()).isEqualTo(new EngineStatistics(0, 0, 0, 0, 0, 0));
		assertThat(this.grace.time.waiting()).isZero();
	}

}
