package io.presence.engine;

import java.time.Duration;
import java.util.Map;

import org.junit.jupiter.api.Test;

import io.presence.PresenceMember;
import io.presence.concurrent.VirtualScheduler;

import static org.assertj.core.api.Assertions.assertThat;

class JoiningTests {

	private final VirtualScheduler time = new VirtualScheduler();

	private final PresenceEngine engine = PresenceEngine.builder()
		.scheduler(this.time)
		.executor(this.time)
		.listenerExecutor(this.time)
		.build();

	@Test
	void aMemberIsListedWhenItsJoinCompletes() {
		ClientSession session = open(Map.of("id", "1", "name", "Ada"), new RecordingTransport());
		PresenceMember member = this.engine.join(session.connection(), "room").toCompletableFuture().join();
		assertThat(member.key()).isEqualTo("1");
		assertThat(this.engine.list("room")).containsExactly(member);
		assertThat(this.engine.count("room")).isOne();
	}

	@Test
	void aSubscribeIsAnsweredAndFollowedByASnapshotWithTheJoiner() {
		RecordingTransport frames = new RecordingTransport();
		ClientSession session = open(Map.of("id", "1"), frames);
		session.receive("{\"type\":\"subscribe\",\"topic\":\"room\",\"ref\":7,\"state\":{\"a\":1}}");
		assertThat(frames.take()).satisfiesExactly((welcome) -> assertThat(welcome).contains("\"type\":\"welcome\""),
				(subscribed) -> assertThat(subscribed)
					.isEqualTo("{\"type\":\"subscribed\",\"topic\":\"room\",\"key\":\"1\",\"ref\":7}"),
				(state) -> assertThat(state).contains("\"event\":\"state\"", "\"count\":1", "{\"a\":1}"));
	}

	@Test
	void theDiffOfAJoinGoesToOthersWhileTheJoinerGetsOnlyItsSnapshot() {
		RecordingTransport ada = new RecordingTransport();
		RecordingTransport bob = new RecordingTransport();
		open(Map.of("id", "1"), ada).receive("{\"type\":\"subscribe\",\"topic\":\"room\"}");
		this.time.advance(Duration.ofSeconds(1));
		ada.take();
		open(Map.of("id", "2"), bob).receive("{\"type\":\"subscribe\",\"topic\":\"room\"}");
		assertThat(ada.take()).singleElement().asString().contains("\"event\":\"diff\"", "\"joins\":{\"2\":");
		assertThat(bob.take()).hasSize(3).last().asString().contains("\"event\":\"state\"", "\"count\":2");
	}

	@Test
	void nothingIsLeftOnceEverybodyHasGone() {
		ClientSession session = open(Map.of("id", "1"), new RecordingTransport());
		session.receive("{\"type\":\"subscribe\",\"topic\":\"room\"}");
		session.receive("{\"type\":\"presence-state\",\"topic\":\"room\",\"state\":1,\"expireAfter\":80000}");
		session.closed();
		this.time.advance(Duration.ofSeconds(10));
		assertThat(this.engine.statistics()).isEqualTo(new EngineStatistics(0, 0, 0, 0, 0, 0));
		assertThat(this.time.waiting()).isZero();
	}

	private ClientSession open(Map<String, Object> user, RecordingTransport transport) {
		return this.engine.open(transport, ConnectionDetails.ofUser(user));
	}

}
