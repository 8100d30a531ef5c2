package io.presence.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.presence.PresenceRoster;
import io.presence.concurrent.VirtualScheduler;
import io.presence.engine.ClientSession;
import io.presence.engine.ConnectionDetails;
import io.presence.engine.PresenceEngine;
import io.presence.engine.RecordingTransport;
import io.presence.store.PresenceStore;
import io.presence.store.StoreProbe;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Nothing waits for a Redis that does not answer for longer than a command may take; on a
 * time of the test, so that the deadlines are exact.
 */
class FrozenRedisTests {

	private static final RedisStoreSettings SETTINGS = RedisStoreSettings.DEFAULTS;

	private static final Duration MOMENT = Duration.ofNanos(1);

	private static final List<Object> RENEWED = List.of("ok", "1", List.of(), 1L, List.of(), 0L);

	private final SimulatedTime time = new SimulatedTime();

	private final Random random = new Random(1);

	private final AtomicInteger ids = new AtomicInteger();

	private final SimulatedServer server = new SimulatedServer(this.time, this.random, (format, arguments) -> {
	});

	private final SimulatedInstance instance = new SimulatedInstance("one", this.time, this.server, this.random,
			new SimulatedLink.Faults(), SETTINGS, () -> "id" + this.ids.incrementAndGet(), (event) -> {
			});

	private final PresenceEngine engine = this.instance.engine();

	private final PresenceStore store = this.instance.store();

	private ClientSession ada;

	@BeforeEach
	void join() {
		this.ada = open("ada");
		CompletionStage<?> joined = this.engine.join(this.ada.connection(), "room");
		this.time.run(Duration.ofSeconds(1));
		assertThat(joined).isCompleted();
		assertThat(this.store.health().available()).isTrue();
	}

	@Test
	void everythingIsAnsweredWhenACommandHasTakenTooLong() {
		this.server.freeze();
		List<CompletionStage<?>> waiting = new ArrayList<>();
		waiting.add(this.engine.join(open("bob").connection(), "room"));
		waiting.add(this.engine.join(open("cem").connection(), "elsewhere"));
		CompletionStage<PresenceRoster> roster = this.engine.rosterAsync("unwatched");
		waiting.add(roster);
		waiting.add(this.store.count("unwatched"));
		waiting.add(this.store.read("unwatched"));
		this.time.run(SETTINGS.commandTimeout().minus(MOMENT));
		assertThat(waiting).noneMatch((stage) -> stage.toCompletableFuture().isDone());
		assertThat(this.store.health().available()).isTrue();
		this.time.run(MOMENT);
		assertThat(waiting).allMatch((stage) -> stage.toCompletableFuture().isDone());
		assertThat(roster.toCompletableFuture().join().stale()).isTrue();
		assertThat(this.engine.rosterAsync("room")).isCompletedWithValueMatching(PresenceRoster::stale);
		assertThat(this.engine.list("room")).extracting("key").containsExactlyInAnyOrder("ada", "bob");
		assertThat(this.engine.count("elsewhere")).isOne();
		assertThat(this.store.health().available()).isFalse();
		assertThat(this.store.health().away()).isEqualTo(SETTINGS.commandTimeout());
		assertThat(this.store.health().details().get("degradedBecause")).asString()
			.startsWith("Redis does not answer: no reply for 500 ms.");
	}

	@Test
	void onceThatIsKnownJoinsAndLeavesInAKnownTopicAreAnsweredAtOnce() {
		this.server.freeze();
		this.engine.join(open("bob").connection(), "room");
		this.time.run(SETTINGS.commandTimeout());
		ClientSession cem = open("cem");
		CompletionStage<?> joined = this.engine.join(cem.connection(), "room");
		this.time.run(Duration.ZERO);
		assertThat(joined).isCompleted();
		assertThat(this.engine.count("room")).isEqualTo(3);
		CompletionStage<?> left = this.engine.leave(cem.connection(), "room");
		this.ada.closed();
		this.time.run(Duration.ZERO);
		assertThat(left).isCompleted();
		assertThat(this.engine.list("room")).extracting("key").containsExactly("bob");
	}

	@Test
	void onceThatIsKnownReadsAreAnsweredAtOnceUntilRedisAnswersAgain() {
		this.server.freeze();
		this.store.read("unwatched");
		this.time.run(SETTINGS.commandTimeout());
		for (int i = 0; i < 20; i++) {
			CompletionStage<PresenceRoster> roster = this.engine.rosterAsync("unwatched");
			CompletionStage<Integer> count = this.store.count("unwatched");
			this.time.run(Duration.ZERO);
			assertThat(roster).isCompletedWithValueMatching(PresenceRoster::stale);
			assertThat(count).isCompletedWithValue(0);
			this.time.run(Duration.ofSeconds(1));
		}
		CompletionStage<?> topics = this.store.topics();
		this.time.run(Duration.ZERO);
		assertThat(topics).isCompletedWithValueMatching(Set.of("room")::equals);
		this.server.thaw();
		this.time.run(Duration.ofSeconds(2));
		CompletionStage<PresenceRoster> roster = this.engine.rosterAsync("unwatched");
		this.time.run(Duration.ofMillis(10));
		assertThat(roster).isCompletedWithValueMatching((answer) -> !answer.stale());
	}

	@Test
	void readsAskNobodyWhoHasNotAnsweredForTooLong() {
		VirtualScheduler clock = new VirtualScheduler();
		UnansweringLink link = new UnansweringLink();
		PresenceStore store = start(link, clock);
		assertThat(reads(store, clock)).noneMatch((stage) -> stage.toCompletableFuture().isDone());
		assertThat(link.calls(Script.READ)).isEqualTo(2);
		clock.advance(SETTINGS.commandTimeout());
		assertThat(reads(store, clock)).allMatch((stage) -> stage.toCompletableFuture().isDone());
		assertThat(link.calls(Script.READ)).isEqualTo(2);
	}

	@Test
	void readsAskNobodyAfterTheConnectionWasLostUntilAnotherBroughtAnAnswer() {
		VirtualScheduler clock = new VirtualScheduler();
		UnansweringLink link = new UnansweringLink();
		link.answers = () -> CompletableFuture.failedFuture(RedisCallException.lost("closed"));
		PresenceStore store = start(link, clock);
		assertThat(reads(store, clock)).allMatch((stage) -> stage.toCompletableFuture().isDone());
		List<CompletableFuture<List<Object>>> asked = new ArrayList<>();
		link.answers = () -> {
			asked.add(new CompletableFuture<>());
			return asked.get(asked.size() - 1);
		};
		clock.advance(Duration.ofMillis(200));
		assertThat(asked).hasSize(Keys.BUCKETS);
		assertThat(reads(store, clock)).allMatch((stage) -> stage.toCompletableFuture().isDone());
		assertThat(link.calls(Script.READ)).isZero();
		asked.forEach((answer) -> answer.complete(RENEWED));
		reads(store, clock);
		assertThat(link.calls(Script.READ)).isEqualTo(2);
	}

	@Test
	void readsAskARedisThatAnswersErrors() {
		VirtualScheduler clock = new VirtualScheduler();
		UnansweringLink link = new UnansweringLink();
		link.answers = () -> CompletableFuture.failedFuture(RedisCallException.refused("OOM command not allowed"));
		PresenceStore store = start(link, clock);
		clock.advance(SETTINGS.lease());
		assertThat(store.health().available()).isFalse();
		for (int i = 1; i <= 3; i++) {
			assertThat(reads(store, clock)).allMatch((stage) -> stage.toCompletableFuture().isDone());
			assertThat(link.calls(Script.READ)).isEqualTo(2 * i);
		}
	}

	private static List<CompletionStage<?>> reads(PresenceStore store, VirtualScheduler clock) {
		List<CompletionStage<?>> reads = List.of(store.read("unwatched"), store.count("unwatched"));
		clock.runReady();
		return reads;
	}

	@Test
	void itIsOverWithTheFirstAnswer() {
		this.server.freeze();
		this.engine.join(open("bob").connection(), "room");
		this.time.run(SETTINGS.lease());
		assertThat(this.store.health().away()).isEqualTo(SETTINGS.lease());
		this.server.thaw();
		this.time.run(Duration.ofSeconds(1));
		assertThat(this.store.health().available()).isTrue();
		assertThat(this.store.health().away()).isZero();
		assertThat(this.store.health().details()).doesNotContainKey("degradedBecause");
		assertThat(this.engine.rosterAsync("room")).isCompletedWithValueMatching((roster) -> !roster.stale());
	}

	@Test
	void aConnectionIsOpenedAnewWhenItBringsNoAnswerToAnyBucket() {
		VirtualScheduler clock = new VirtualScheduler();
		UnansweringLink link = new UnansweringLink();
		link.answeringOthers = true;
		PresenceStore store = start(link, clock);
		clock.advance(SETTINGS.lease());
		assertThat(link.reopened()).isZero();
		assertThat(store.health().available()).isFalse();
		link.answeringOthers = false;
		clock.advance(SETTINGS.leaseRenewal());
		assertThat(link.reopened()).isEqualTo(Keys.BUCKETS);
		assertThat(store.health().details().get("degradedBecause")).asString()
			.startsWith("Redis does not answer: no reply for ");
	}

	@Test
	void whoeverHearsNothingIsCalledDeafUnlessRedisRefusedToSayAnything() {
		assertThat(problems((link) -> {
		}, RENEWED)).containsKey("deaf");
		assertThat(problems((link) -> link.answers = () -> CompletableFuture
			.failedFuture(RedisCallException.refused("OOM command not allowed")), RENEWED))
			.containsOnlyKeys("out-of-memory");
	}

	@SuppressWarnings("unchecked")
	private Map<String, Object> problems(Consumer<UnansweringLink> then, List<Object> answer) {
		VirtualScheduler clock = new VirtualScheduler();
		UnansweringLink link = new UnansweringLink();
		link.answers = () -> CompletableFuture.completedFuture(answer);
		PresenceStore store = start(link, clock);
		clock.runReady();
		then.accept(link);
		clock.advance(SETTINGS.lease());
		return (Map<String, Object>) store.health().details().get("problems");
	}

	private PresenceStore start(RedisLink link, VirtualScheduler clock) {
		return new StoreProbe(new RedisPresenceStore(SETTINGS, 0, (problems) -> link, clock, clock,
				new StoreContext.Chance(() -> "id" + this.ids.incrementAndGet(), () -> 0L)))
			.store();
	}

	private ClientSession open(String key) {
		return this.engine.open(new RecordingTransport(), ConnectionDetails.ofUser(Map.of("id", key)));
	}

}
