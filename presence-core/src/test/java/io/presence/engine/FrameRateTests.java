package io.presence.engine;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How many frames a client may send.
 */
class FrameRateTests {

	private static final long SECOND = 1_000_000_000L;

	private final FrameRate rate = new FrameRate(10);

	@Test
	void asManyAsTheLimitAreAllowedInEachSecond() {
		assertThat(this.rate.allow(8, 0)).isEqualTo(8);
		assertThat(this.rate.allow(5, 1)).isEqualTo(2);
		assertThat(this.rate.allow(1, 2)).isZero();
		assertThat(this.rate.retryAfter(SECOND / 4)).isEqualTo(SECOND * 3 / 4);
		assertThat(this.rate.allow(10, SECOND)).isEqualTo(10);
	}

	@Test
	void threeSecondsInARowAreAbuse() {
		for (int second = 0; second < 3; second++) {
			assertThat(this.rate.isAbuse()).isFalse();
			this.rate.allow(100, second * SECOND);
		}
		assertThat(this.rate.isAbuse()).isTrue();
	}

	@Test
	void aQuietSecondBetweenForgives() {
		for (int second = 0; second < 30; second++) {
			this.rate.allow((second % 3 == 2) ? 1 : 100, second * SECOND);
		}
		assertThat(this.rate.isAbuse()).isFalse();
	}

	@Test
	void aPauseForgives() {
		for (int second = 0; second < 30; second += 2) {
			this.rate.allow(100, second * SECOND);
		}
		assertThat(this.rate.isAbuse()).isFalse();
	}

	@Test
	void aFloodWithinOneSecondCountsOnce() {
		for (int i = 0; i < 1_000; i++) {
			this.rate.allow(100, i);
		}
		assertThat(this.rate.isAbuse()).isFalse();
	}

	@Test
	void burstsWithAQuietSecondAfterEachAreNoAbuse() {
		for (int burst = 0; burst < 30; burst++) {
			this.rate.allow(20, burst * SECOND * 19 / 10);
		}
		assertThat(this.rate.isAbuse()).isFalse();
	}

}
