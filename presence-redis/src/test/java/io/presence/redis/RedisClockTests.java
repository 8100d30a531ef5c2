package io.presence.redis;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import io.presence.concurrent.VirtualScheduler;

import static org.assertj.core.api.Assertions.assertThat;

class RedisClockTests {

	private static final long START = 4_102_444_800_000_000L;

	private static final long SECOND = 1_000_000;

	private final VirtualScheduler time = new VirtualScheduler();

	private final long started = this.time.nanoTime();

	private final RedisClock here = new RedisClock(this.time);

	private final RedisClock there = new RedisClock(this.time);

	private long ahead;

	@Test
	void whatWasStampedBeforeTheFirstAnswerIsATimeOfRedisAfterwards() {
		long first = this.here.stamp();
		pass(Duration.ofSeconds(2));
		long second = this.here.stamp();
		ask(this.here);
		assertThat(this.here.settle(first)).isEqualTo(START + 1);
		assertThat(this.here.settle(second)).isEqualTo(START + 2 * SECOND + 1);
		assertThat(this.here.settle(this.here.stamp())).isEqualTo(START + 2 * SECOND);
	}

	@Test
	void isThatOfRedisBetweenTheAnswers() {
		ask(this.here);
		pass(Duration.ofSeconds(1));
		assertThat(this.here.stamp()).isEqualTo(START + SECOND);
		assertThat(this.here.stamp()).isEqualTo(START + SECOND + 1);
	}

	@Test
	void anAnswerThatTookLongTellsNothingNew() {
		ask(this.here);
		long sent = this.time.nanoTime();
		long micros = redis();
		pass(Duration.ofSeconds(3));
		this.here.observe(micros, sent, this.time.nanoTime());
		assertThat(this.here.stamp()).isEqualTo(START + 3 * SECOND);
		this.here.observe(redis(), sent, this.time.nanoTime());
		assertThat(this.here.stamp()).isEqualTo(START + 3 * SECOND + 1);
	}

	@Test
	void aBetterAnswerCountsAtOnce() {
		pass(Duration.ofSeconds(4));
		this.here.observe(redis(), this.started, this.time.nanoTime());
		assertThat(this.here.stamp()).isEqualTo(START + 6 * SECOND);
		ask(this.here);
		pass(Duration.ofSeconds(4));
		assertThat(this.here.stamp()).isEqualTo(START + 8 * SECOND);
	}

	@Test
	void jumpsForwardWithRedis() {
		ask(this.here);
		this.ahead = 600 * SECOND;
		ask(this.here);
		assertThat(this.here.stamp()).isEqualTo(START + 600 * SECOND);
	}

	@Test
	void afterAJumpBackEveryInstanceStillKnowsWhatIsNewest() {
		ask(this.here);
		ask(this.there);
		pass(Duration.ofSeconds(30));
		long newest = Math.max(this.here.stamp(), this.there.stamp());
		this.ahead = -600 * SECOND;
		for (int second = 1; second <= 9000; second++) {
			pass(Duration.ofSeconds(1));
			if (second % 3 == 0) {
				ask(this.here);
			}
			else if (second % 3 == 1) {
				ask(this.there);
			}
			if (second % 2 == 0) {
				long stamp = ((second % 4 == 0) ? this.here : this.there).stamp();
				assertThat(stamp).as("after %d s", second).isGreaterThan(newest);
				newest = stamp;
			}
		}
		assertThat(this.here.stamp()).isBetween(redis(), redis() + 1);
		assertThat(this.there.stamp()).isBetween(redis(), redis() + 1);
	}

	@Test
	void anAnswerThatIsHeardLateDoesNotTurnItBack() {
		ask(this.here);
		long sent = this.time.nanoTime();
		long before = redis();
		this.ahead = 600 * SECOND;
		pass(Duration.ofMillis(1));
		ask(this.here);
		this.here.observe(before, sent, sent);
		assertThat(this.here.stamp()).isEqualTo(redis());
	}

	private void ask(RedisClock clock) {
		clock.observe(redis(), this.time.nanoTime(), this.time.nanoTime());
	}

	private void pass(Duration duration) {
		this.time.advance(duration);
	}

	private long redis() {
		return START + (this.time.nanoTime() - this.started) / 1000 + this.ahead;
	}

}
