package io.presence.redis;

import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;

import org.junit.jupiter.api.Test;

import io.presence.redis.SimulatedInstance.Tab;
import io.presence.redis.model.RedisValue;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Orders of events that went wrong in systems of this kind, each played on simulated
 * instances.
 */
class ScheduleTests {

	private static final long HARMLESS = 6000;

	private final SimulatedCluster cluster = new SimulatedCluster(Duration.ZERO);

	private final SimulatedInstance one = this.cluster.start();

	private final SimulatedInstance two = this.cluster.start();

	private final SimulatedInstance observer = this.cluster.start();

	@Test
	void versionsThatAreSetBackWithTheClockBehindAreNotTakenForOldOnes() {
		this.cluster.join(this.one, "ada", 1);
		SortedMap<String, RedisValue> dump = this.cluster.server.dump();
		this.cluster.server.jump(Duration.ofSeconds(60));
		this.cluster.join(this.one, "bob", 1);
		this.cluster.server.model().restore(dump);
		this.cluster.server.jump(Duration.ofSeconds(-60));
		this.cluster.join(this.two, "cem", 1);
		this.cluster.pass(4000);
		assertThat(this.cluster.shown(this.observer)).containsOnlyKeys("ada", "bob", "cem");
		assertThat(this.cluster.isStored("bob")).isTrue();
		assertThat(this.cluster.edges(this.observer)).containsExactly("+ada", "+bob", "+cem");
	}

	@Test
	void aHealedHoldThatIsReleasedTakesNobodyAwayWhomAnotherInstanceHasNotHealed() {
		Tab tab = this.cluster.join(this.one, "ada", 1);
		this.cluster.join(this.two, "ada", 2);
		this.two.freeze();
		this.cluster.server.model().flush();
		this.cluster.pass(3500);
		assertThat(this.cluster.isStored("ada")).as("healed").isTrue();
		this.one.leave(tab);
		this.cluster.pass(1000);
		assertThat(this.cluster.isStored("ada")).as("released").isFalse();
		assertThat(this.cluster.shown(this.observer)).containsEntry("ada", 2);
		this.two.thaw(HARMLESS);
		this.cluster.pass(12_000);
		assertThat(this.cluster.shown(this.observer)).containsEntry("ada", 2);
		assertThat(this.cluster.edges(this.observer)).containsExactly("+ada");
	}

	@Test
	void aBatchThatArrivesAfterNewerOnesOfAnotherConnectionIsOld() {
		this.one.link().holdNextBatch();
		Tab tab = this.cluster.join(this.one, "ada", 1);
		this.cluster.pass(5000);
		assertThat(this.cluster.shown(this.observer)).containsKey("ada");
		this.one.leave(tab);
		this.cluster.pass(1000);
		assertThat(this.cluster.edges(this.observer)).containsExactly("+ada", "-ada leave");
		this.one.link().deliverBatch();
		assertThat(this.cluster.isStored("ada")).isFalse();
		this.cluster.pass(5000);
		assertThat(this.cluster.edges(this.observer)).isEmpty();
	}

	@Test
	void anInstanceThatIsFrozenWhileItsIndexIsDeletedLeavesAndComesBackOnce() {
		this.cluster.join(this.one, "ada", 1);
		this.one.freeze();
		this.cluster.deleteIndexes(this.one);
		this.cluster.pass(25_000);
		assertThat(this.cluster.edges(this.observer)).containsSubsequence("+ada").hasSize(2);
		assertThat(this.cluster.shown(this.observer)).isEmpty();
		assertThat(this.cluster.isStored("ada")).isFalse();
		this.one.thaw(HARMLESS);
		this.cluster.pass(5000);
		assertThat(this.cluster.shown(this.observer)).containsEntry("ada", 1);
		this.cluster.pass(25_000);
		assertThat(this.cluster.edges(this.observer)).containsExactly("+ada");
	}

	@Test
	void whoWasReapedCommitsNothingMoreUnderTheOldRegistration() {
		Tab tab = this.cluster.join(this.one, "ada", 1);
		this.one.freeze();
		this.cluster.pass(12_000);
		assertThat(this.cluster.edges(this.observer)).hasSize(2).element(1).asString().endsWith("-ada timeout");
		tab.session.closed();
		this.one.open(SimulatedCluster.ROOM, "bob", 1);
		this.one.thaw(HARMLESS);
		this.cluster.pass(25_000);
		assertThat(this.cluster.shown(this.observer)).containsOnlyKeys("bob");
		assertThat(this.cluster.edges(this.observer)).containsExactly("+bob");
	}

	@Test
	void aBatchOfOneWhoWasReapedMeanwhileIsUnknown() {
		this.one.link().holdNextBatch();
		this.cluster.join(this.one, "ada", 1);
		this.one.kill(HARMLESS);
		this.cluster.pass(12_000);
		this.one.link().deliverBatch();
		assertThat(this.cluster.isStored("ada")).isFalse();
		this.cluster.pass(1000);
		assertThat(this.cluster.edges(this.observer)).isEmpty();
	}

	@Test
	void aStateThatIsPendingIsInTheSnapshotOfWhoComesMeanwhileOrAfterIt() {
		Tab tab = this.cluster.join(this.one, "ada", 1);
		this.one.state(tab, 1);
		this.cluster.pass(10);
		this.one.state(tab, 2);
		SimulatedInstance late = this.cluster.start();
		this.cluster.pass(1000);
		late.client().read();
		assertThat(late.members(SimulatedCluster.ROOM)).singleElement()
			.satisfies((member) -> assertThat(member.state()).isEqualTo(Map.of("s", 2)));
		assertThat(late.client().states(SimulatedCluster.ROOM)).containsEntry("ada", "{\"s\":2}");
	}

	@Test
	void aUserOnTwoInstancesOfWhichOneDiesStaysWithTheDataOfTheOther() {
		Tab tab = this.cluster.join(this.one, "ada", 1);
		this.cluster.join(this.two, "ada", 2);
		this.two.kill(HARMLESS);
		this.cluster.pass(11_500);
		assertThat(this.cluster.shown(this.observer)).containsEntry("ada", 1);
		assertThat(this.cluster.edges(this.observer)).containsExactly("+ada");
		this.one.leave(tab);
		this.cluster.pass(100);
		assertThat(this.cluster.edges(this.observer)).containsExactly("-ada leave");
	}

	@Test
	void aLeaveWhoseMessageWasLostStillHasOneOrigin() {
		Tab tab = this.cluster.join(this.one, "ada", 1);
		this.one.link().deafen();
		this.observer.link().deafen();
		this.one.leave(tab);
		this.cluster.pass(9000);
		assertThat(this.cluster.edges(this.one)).containsExactly("!+ada", "!-ada leave");
		assertThat(this.cluster.edges(this.observer)).hasSize(2).noneMatch((edge) -> edge.startsWith("!"));
	}

	@Test
	void whoClosesBeforeTheJoinIsSettledIsNotLeftBehind() {
		this.cluster.server.freeze();
		Tab tab = this.cluster.join(this.one, "ada", 1);
		this.one.close(tab);
		this.cluster.pass(100);
		this.cluster.server.thaw();
		this.cluster.pass(2000);
		assertThat(this.cluster.isStored("ada")).isFalse();
		assertThat(this.cluster.shown(this.observer)).isEmpty();
		assertThat(this.one.engine().statistics().holds()).isZero();
	}

	@Test
	void whoIsRegisteredNowhereIsNotReapedBeforeARedisThatWasAwayHasSeenEverybody() {
		this.cluster.join(this.one, "ada", 1);
		this.cluster.deleteRegistrations();
		this.cluster.server.freeze();
		this.cluster.pass(10_000);
		this.one.freeze();
		this.cluster.pass(1000);
		this.cluster.server.thaw();
		this.cluster.pass(4000);
		assertThat(this.cluster.shown(this.observer)).containsEntry("ada", 1);
		assertThat(this.cluster.isStored("ada")).isTrue();
		this.one.thaw(HARMLESS);
		this.cluster.pass(25_000);
		assertThat(this.cluster.shown(this.observer)).containsEntry("ada", 1);
		assertThat(this.cluster.edges(this.observer)).containsExactly("+ada");
	}

	@Test
	void whoLeavesAfterRedisForgotTheRegistrationIsNotKeptByTheOldOne() {
		Tab tab = this.cluster.join(this.one, "ada", 1);
		this.cluster.deleteRegistrations();
		this.cluster.pass(4000);
		this.one.leave(tab);
		this.cluster.pass(500);
		assertThat(this.cluster.isStored("ada")).isFalse();
		assertThat(this.cluster.edges(this.observer)).containsExactly("+ada", "-ada leave");
		this.cluster.pass(12_000);
		assertThat(this.cluster.edges(this.observer)).isEmpty();
	}

	@Test
	void anAnswerThatOvertakesTheMessagesBeforeItShowsNobodyTwice() {
		SimulatedInstance three = this.cluster.start();
		this.cluster.join(three, "ada", 1);
		three.kill(HARMLESS);
		this.two.freeze();
		this.observer.freeze();
		this.cluster.pass(5000);
		this.one.link().delayMessages(Duration.ofMillis(400));
		while (this.cluster.isStored("ada")) {
			Tab tab = this.one.open(SimulatedCluster.ROOM, "ada", 2);
			this.cluster.pass(10);
			this.one.leave(tab);
			this.cluster.pass(90);
		}
		this.cluster.pass(5000);
		assertThat(this.cluster.edges(this.one)).containsExactly("+ada", "!-ada timeout");
	}

	@Test
	void whatCannotBeReadAndBelongsToNobodyIsRemoved() {
		this.cluster.join(this.one, "ada", 1);
		String topic = SimulatedServer.key(SimulatedCluster.ROOM);
		this.cluster.server.model().putField(topic, "mzoe", "garbage");
		this.cluster.server.model().putField(topic, "mada", "garbage");
		this.cluster.server.publish(topic, "garbage");
		this.cluster.pass(9000);
		assertThat(this.cluster.isStored("zoe")).isFalse();
		assertThat(this.cluster.isStored("ada")).isTrue();
		assertThat(this.cluster.shown(this.observer)).containsOnlyKeys("ada");
		assertThat(this.cluster.edges(this.observer)).containsExactly("+ada");
	}

}
