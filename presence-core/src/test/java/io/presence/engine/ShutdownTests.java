package io.presence.engine;

import io.presence.concurrent.VirtualScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;

import org.junit.jupiter.api.Test;

import io.presence.LeaveReason;
import io.presence.PresenceEvent;
import io.presence.PresenceUnavailableException;
import io.presence.engine.TestEngine.TestClient;
import io.presence.json.JsonText;
import io.presence.store.SimulatedStore.Faults;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The orderly end.
 */
class ShutdownTests {

	private final TestEngine engine = TestEngine.shared(Faults.NONE, 0, (builder) -> builder);

	@Test
	void everyConnectionIsToldWhenToComeBackAndNotAllAtTheSameMoment() {
		List<TestClient> clients = new ArrayList<>();
		for (int i = 0; i < 200; i++) {
			clients.add(this.engine.open(Map.of("id", i)).join("room"));
		}
		clients.forEach((client) -> client.link.take());
		CompletionStage<Void> goodbye = this.engine.engine.goodbye(Duration.ofSeconds(10));
		assertThat(clients).filteredOn((client) -> client.link.closeCode() != null).hasSizeLessThan(200);
		this.engine.pass(10_000);
		assertThat(goodbye.toCompletableFuture()).isCompleted();
		Set<String> goodbyes = new HashSet<>();
		for (TestClient client : clients) {
			assertThat(client.link.closeCode()).isEqualTo(1012);
			goodbyes.add(client.link.take().stream().reduce((one, other) -> other).orElseThrow());
		}
		assertThat(goodbyes).hasSizeGreaterThan(50).allMatch((frame) -> frame.contains("\"type\":\"goodbye\""));
	}

	@Test
	void closingSocketsReleasesNothingAndTheEndReleasesAllWithItsReason() {
		this.engine.open(Map.of("id", 1)).join("room");
		this.engine.engine.goodbye(Duration.ofSeconds(1));
		this.engine.pass(2_000);
		assertThat(this.engine.engine.topics()).containsExactly("room");
		assertThat(this.engine.events).noneMatch(PresenceEvent.Left.class::isInstance);
		this.engine.outcome(this.engine.engine.end(Duration.ofSeconds(1)));
		assertThat(this.engine.events).filteredOn(PresenceEvent.Left.class::isInstance)
			.singleElement()
			.satisfies((event) -> assertThat(((PresenceEvent.Left) event).reason()).isEqualTo(LeaveReason.SHUTDOWN));
		assertThat(this.engine.engine.topics()).isEmpty();
	}

	@Test
	void aClientThatTakesNothingDoesNotHoldUpTheEnd() {
		TestClient stuck = this.engine.open(Map.of("id", 1)).join("room");
		stuck.link.stall();
		this.engine.open(Map.of("id", 2)).join("room");
		CompletionStage<Void> goodbye = this.engine.engine.goodbye(Duration.ofSeconds(5));
		this.engine.pass(4_900);
		assertThat(goodbye.toCompletableFuture()).isNotDone();
		this.engine.pass(200);
		assertThat(goodbye.toCompletableFuture()).isCompleted();
		assertThat(stuck.link.closeCode()).isEqualTo(1001);
	}

	@Test
	void goodbyeWaitsUntilTheLinksAreClosed() {
		TestClient ada = this.engine.open(Map.of("id", 1)).join("room");
		TestClient ben = this.engine.open(Map.of("id", 2)).join("room");
		CompletionStage<Void> goodbye = this.engine.engine.goodbye(Duration.ofSeconds(10));
		this.engine.pass(500);
		assertThat(ben.link.closeCode()).isEqualTo(1012);
		ada.session.closed();
		this.engine.pass(100);
		assertThat(goodbye.toCompletableFuture()).isNotDone();
		ben.session.closed();
		this.engine.pass(100);
		assertThat(goodbye.toCompletableFuture()).isCompleted();
	}

	@Test
	void goodbyeDoesNotWaitForLongUntilAClientAnswersItsClose() {
		this.engine.open(Map.of("id", 1)).join("room");
		CompletionStage<Void> goodbye = this.engine.engine.goodbye(Duration.ofSeconds(10));
		this.engine.pass(1_100);
		assertThat(goodbye.toCompletableFuture()).isCompleted();
	}

	@Test
	void nobodyJoinsAfterGoodbye() {
		TestClient ada = this.engine.open(Map.of("id", 1));
		this.engine.engine.goodbye(Duration.ofSeconds(1));
		assertThat(this.engine.failure(this.engine.engine.join(ada.connection(), "room")))
			.isInstanceOf(PresenceUnavailableException.class);
		assertThat(this.engine.engine.count("room")).isZero();
	}

	@Test
	void aJoinThatWasOnItsWayIsRefusedWhenItsConnectionCloses() {
		TestEngine late = TestEngine.shared(new Faults(100, 0, 0, 0), 0, (builder) -> builder);
		TestClient ada = late.open(Map.of("id", 1));
		CompletionStage<?> join = late.engine.join(ada.connection(), "room");
		late.engine.goodbye(Duration.ofSeconds(1));
		ada.session.closed();
		assertThat(late.failure(join)).isInstanceOf(io.presence.PresenceConnectionClosedException.class);
	}

	@Test
	void aConnectionThatOpensDuringTheGoodbyeIsToldToo() {
		this.engine.engine.goodbye(Duration.ofSeconds(10));
		TestClient late = this.engine.open(Map.of("id", 1));
		this.engine.pass(100);
		assertThat(late.link.closeCode()).isEqualTo(1012);
	}

	@Test
	void whatTheStoreStillTellsAfterTheEndIsToldToNoListener() {
		this.engine.open(Map.of("id", 1)).join("room");
		this.engine.engine.close();
		int told = this.engine.events.size();
		this.engine.store.remoteHold("other", "room", "2", JsonText.ofCanonical("{\"id\":2}"),
				this.engine.store.stamp());
		this.engine.pass(1_000);
		assertThat(this.engine.events).hasSize(told);
	}

	@Test
	void theEndWaitsUntilTheListenersHaveHeardWhoLeft() {
		List<PresenceEvent> heard = new ArrayList<>();
		VirtualScheduler listening = new VirtualScheduler();
		TestEngine slow = TestEngine
			.alone((builder) -> builder.listeners(List.of(heard::add)).listenerExecutor(listening));
		slow.open(Map.of("id", 1)).join("room");
		CompletionStage<Void> end = slow.engine.end(Duration.ofSeconds(5));
		slow.time.runReady();
		assertThat(end.toCompletableFuture()).isNotDone();
		listening.runReady();
		slow.time.runReady();
		assertThat(end.toCompletableFuture()).isCompleted();
		assertThat(heard).last().isInstanceOf(PresenceEvent.Left.class);
	}

	@Test
	void aListenerThatHangsDoesNotHoldUpTheEndForLongerThanAllowed() {
		TestEngine hanging = TestEngine.alone((builder) -> builder.listeners(List.of((event) -> {
		})).listenerExecutor(new VirtualScheduler()));
		hanging.open(Map.of("id", 1)).join("room");
		CompletionStage<Void> end = hanging.engine.end(Duration.ofSeconds(5));
		hanging.pass(4_999);
		assertThat(end.toCompletableFuture()).isNotDone();
		hanging.pass(1);
		assertThat(end.toCompletableFuture()).isCompleted();
	}

}
