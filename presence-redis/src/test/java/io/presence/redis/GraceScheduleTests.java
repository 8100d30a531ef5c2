package io.presence.redis;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import io.presence.redis.SimulatedInstance.Tab;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The grace time of a user who is on two instances, whatever breaks meanwhile.
 */
class GraceScheduleTests {

	private final SimulatedCluster cluster = new SimulatedCluster(Duration.ofSeconds(12));

	private final SimulatedInstance one = this.cluster.start();

	private final SimulatedInstance two = this.cluster.start();

	private final SimulatedInstance observer = this.cluster.start();

	private final Tab first = this.cluster.join(this.one, "ada", 1);

	private final Tab second = this.cluster.join(this.two, "ada", 2);

	@Test
	void theLaterGraceTimeCountsThoughTheEarlierInstanceIsTheLastToSaySo() {
		this.cluster.server.freeze();
		this.one.close(this.first);
		this.cluster.pass(1);
		this.cluster.pass(2000);
		this.two.close(this.second);
		this.cluster.pass(300);
		this.cluster.server.thaw();
		this.cluster.pass(11_000);
		assertThat(this.cluster.shown(this.observer)).containsKey("ada");
		this.cluster.pass(1500);
		assertThat(this.cluster.edges(this.observer)).containsExactly("+ada", "-ada disconnect");
	}

	@Test
	void aConnectionThatWasLostBeforeTheOtherInstanceDiedHasItsWholeGraceTime() {
		this.cluster.pass(2900);
		this.two.kill(6000);
		this.one.close(this.first);
		this.cluster.pass(11_800);
		assertThat(this.cluster.shown(this.observer)).containsKey("ada");
		this.cluster.pass(3000);
		assertThat(this.cluster.shown(this.observer)).isEmpty();
	}

	@Test
	void whoseOtherInstanceEndsHasTheGraceTimeOfTheLostConnection() {
		this.two.engine().end(Duration.ofSeconds(5)).whenComplete((ended, error) -> this.two.kill(6000));
		this.cluster.pass(1000);
		this.one.close(this.first);
		this.cluster.pass(11_900);
		assertThat(this.cluster.shown(this.observer)).containsKey("ada");
		this.cluster.pass(1500);
		assertThat(this.cluster.shown(this.observer)).isEmpty();
	}

	@Test
	void aFlushEndsNoGraceTime() {
		this.one.close(this.first);
		this.cluster.pass(1000);
		this.two.close(this.second);
		this.cluster.pass(1000);
		this.cluster.server.model().flush();
		this.cluster.pass(10_900);
		assertThat(this.cluster.shown(this.observer)).containsKey("ada");
		this.cluster.pass(1500);
		assertThat(this.cluster.edges(this.observer)).containsExactly("+ada", "-ada disconnect");
	}

	@Test
	void whoLeavesOnTheOtherInstanceHasLeftAtOnce() {
		this.one.close(this.first);
		this.cluster.pass(1000);
		this.two.leave(this.second);
		this.cluster.pass(100);
		assertThat(this.cluster.edges(this.observer)).containsExactly("+ada", "-ada leave");
		assertThat(this.cluster.edges(this.one)).containsExactly("!+ada", "-ada leave");
		assertThat(this.cluster.edges(this.two)).containsExactly("+ada", "!-ada leave");
		this.cluster.pass(15_000);
		assertThat(this.cluster.edges(this.observer)).isEmpty();
		assertThat(this.one.engine().statistics().holds()).isZero();
	}

	@Test
	void whoLeavesOnTheOtherInstanceHasLeftThoughTheMessageIsLost() {
		this.one.close(this.first);
		this.cluster.pass(1000);
		this.one.link().deafen();
		this.two.leave(this.second);
		this.cluster.pass(9000);
		assertThat(this.cluster.shown(this.one)).isEmpty();
		this.cluster.pass(10_000);
		assertThat(this.cluster.edges(this.observer)).containsExactly("+ada", "-ada leave");
		assertThat(this.cluster.edges(this.one)).containsExactly("!+ada", "-ada unknown");
		assertThat(this.one.engine().statistics().holds()).isZero();
	}

	@Test
	void whoLeavesOnTheOtherInstanceAfterAFlushStaysAwayWhenTheFirstHeals() {
		this.one.close(this.first);
		this.cluster.pass(1000);
		this.one.freeze();
		this.cluster.server.model().flush();
		this.cluster.pass(4000);
		this.two.leave(this.second);
		this.cluster.pass(100);
		this.one.thaw(6000);
		this.cluster.pass(10_000);
		assertThat(this.cluster.isStored("ada")).isFalse();
		assertThat(this.cluster.edges(this.observer)).containsExactly("+ada", "-ada unknown");
		assertThat(this.one.engine().statistics().holds()).isZero();
	}

	@Test
	void whoHasLeftAndIsBackHasAGraceTimeAgain() {
		this.one.close(this.first);
		this.cluster.pass(1000);
		this.two.leave(this.second);
		this.cluster.pass(1000);
		Tab third = this.cluster.join(this.one, "ada", 3);
		this.cluster.pass(1000);
		this.one.close(third);
		this.cluster.pass(1000);
		this.cluster.server.model().flush();
		this.cluster.pass(8000);
		assertThat(this.cluster.shown(this.observer)).containsEntry("ada", 3);
		assertThat(this.cluster.isStored("ada")).isTrue();
		this.cluster.pass(5000);
		assertThat(this.cluster.edges(this.observer)).containsExactly("+ada", "-ada leave", "+ada", "-ada disconnect");
	}

	@Test
	void theDataAndTheStateOfTheLostConnectionGoWhileTheOtherLives() {
		this.two.state(this.second, 2);
		this.cluster.pass(100);
		this.two.close(this.second);
		this.cluster.pass(100);
		assertThat(this.cluster.shown(this.observer)).containsEntry("ada", 1);
		assertThat(this.observer.members(SimulatedCluster.ROOM)).singleElement()
			.satisfies((member) -> assertThat(member.state()).isNull());
	}

}
