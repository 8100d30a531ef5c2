package io.presence.engine;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;

import org.junit.jupiter.api.Test;

import io.presence.engine.TestEngine.TestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Which clients are alive.
 */
class LivenessTests {

	private final TestEngine engine = TestEngine.alone();

	@Test
	void aQuietClientIsPingedAndKeptWhileItAnswers() {
		TestClient ada = this.engine.open(Map.of("id", 1)).join("room");
		for (int second = 0; second < 300; second++) {
			int pings = ada.link.pings();
			this.engine.pass(1_000);
			if (ada.link.pings() > pings) {
				ada.session.alive();
			}
		}
		assertThat(ada.link.pings()).isBetween(10, 12);
		assertThat(ada.link.closeCode()).isNull();
	}

	@Test
	void aClientThatSendsIsNotPinged() {
		TestClient ada = this.engine.open(Map.of("id", 1)).join("room");
		for (int second = 0; second < 100; second++) {
			ada.send("{'type':'ping'}");
			this.engine.pass(1_000);
		}
		assertThat(ada.link.pings()).isZero();
	}

	@Test
	void aSilentClientIsGivenUpAfterThePongTimeoutAndNotBefore() {
		TestClient ada = this.engine.open(Map.of("id", 1)).join("room");
		this.engine.pass(45_000);
		assertThat(ada.link.closeCode()).isNull();
		this.engine.pass(1_100);
		assertThat(ada.link.closeCode()).isEqualTo(1001);
		assertThat(this.engine.engine.count("room")).isZero();
	}

	@Test
	void aLinkThatThrowsStopsNothingForTheOthers() {
		BrokenTransport broken = new BrokenTransport();
		this.engine.engine.open(broken, ConnectionDetails.ofUser(null));
		broken.throwing = true;
		this.engine.engine.open(broken, ConnectionDetails.ofUser(null));
		TestClient ada = this.engine.open(Map.of("id", 1)).join("room");
		this.engine.pass(60_000);
		assertThat(ada.link.pings()).isPositive();
		assertThat(ada.link.closeCode()).isEqualTo(1001);
		assertThat(this.engine.engine.statistics().connections()).isZero();
		assertThat(this.engine.time.waiting()).isZero();
	}

	@Test
	void aLinkThatThrowsDoesNotKeepTheOthersFromBeingToldOfTheEnd() {
		BrokenTransport broken = new BrokenTransport();
		broken.throwing = true;
		this.engine.engine.open(broken, ConnectionDetails.ofUser(null));
		TestClient ada = this.engine.open(Map.of("id", 1)).join("room");
		CompletionStage<Void> goodbye = this.engine.engine.goodbye(Duration.ofSeconds(1));
		this.engine.pass(1_100);
		assertThat(goodbye.toCompletableFuture()).isCompleted();
		assertThat(ada.link.closeCode()).isEqualTo(1012);
	}

	@Test
	void withoutConnectionsThereIsNoTimer() {
		TestClient ada = this.engine.open(Map.of("id", 1));
		ada.session.closed();
		this.engine.pass(2_000);
		assertThat(this.engine.time.waiting()).isZero();
	}

	@Test
	void aPingThatDoesNotLeaveCostsNobodyTheConnection() {
		TestClient ada = this.engine.open(Map.of("id", 1)).join("room");
		while (ada.link.pings() < 2) {
			this.engine.pass(1_000);
		}
		ada.session.alive();
		this.engine.pass(20_000);
		assertThat(ada.link.closeCode()).isNull();
		assertThat(this.engine.engine.count("room")).isOne();
	}

	/**
	 * A link that fails in a way that no transport should.
	 */
	private static final class BrokenTransport implements PresenceTransport {

		private boolean throwing;

		@Override
		public void send(String frame, SendCallback callback) {
			fail();
			callback.done(null);
		}

		@Override
		public void ping() {
			fail();
		}

		@Override
		public void close(int code, String reason) {
			fail();
		}

		private void fail() {
			if (this.throwing) {
				throw new IllegalStateException("no more threads");
			}
		}

	}

}
