package io.presence.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import io.presence.concurrent.VirtualScheduler;
import io.presence.engine.PresenceSettings.Limits;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What one client, or a thousand of them, can do to others with the default limits, of
 * which those of topics are a fiftieth to save memory. Counted, not timed: time is
 * virtual.
 */
class FloodTests {

	private static final int SOCKETS = 1_000;

	private static final int FRAMES_PER_SECOND = Limits.defaults().maxFramesPerSecond();

	private static final int TOPICS = Limits.defaults().maxTopics() / 50;

	private static final int TOPICS_PER_CONNECTION = Limits.defaults().maxTopicsPerConnection() / 50;

	private final VirtualScheduler time = new VirtualScheduler();

	private final PresenceEngine engine = PresenceEngine.builder()
		.scheduler(this.time)
		.executor(this.time)
		.listenerExecutor(this.time)
		.settings(PresenceSettings.defaults()
			.withHeartbeat(Duration.ZERO, Duration.ZERO)
			.withLimits(limits(TOPICS, TOPICS_PER_CONNECTION)))
		.build();

	private final RecordingTransport witness = new RecordingTransport();

	@Test
	void aThousandSocketsThatWantAThousandTopicsEach() {
		join(this.witness, "ann", "room");
		List<ClientSession> sockets = new ArrayList<>();
		List<RecordingTransport> links = new ArrayList<>();
		for (int i = 0; i < SOCKETS; i++) {
			RecordingTransport link = new RecordingTransport();
			links.add(link);
			sockets.add(this.engine.open(link, ConnectionDetails.ofUser(null)));
		}
		for (int batch = 0; batch < 10; batch++) {
			for (int i = 0; i < SOCKETS; i++) {
				sockets.get(i).receive(batch(i, batch));
			}
			join(new RecordingTransport(), "visitor" + batch, "room");
		}
		List<String> seen = this.witness.take();
		assertThat(seen).hasSize(10);
		for (int i = 0; i < 10; i++) {
			assertThat(seen.get(i)).contains("\"event\":\"diff\"", "\"joins\":{\"visitor" + i + "\"");
		}
		assertThat(this.engine.statistics().topics()).isBetween(TOPICS / 2, TOPICS - 50);
		for (RecordingTransport link : links) {
			List<String> answers = link.take();
			assertThat(answers.stream().filter((frame) -> frame.contains("\"subscribed\""))).hasSizeBetween(1,
					TOPICS_PER_CONNECTION);
			assertThat(answers.stream().filter((frame) -> frame.contains("subscribe-denied"))).hasSizeLessThan(990)
				.allMatch((frame) -> frame.contains("\"limit\""));
		}
		for (int i = 0; i < 10; i++) {
			RecordingTransport newcomer = new RecordingTransport();
			join(newcomer, "zoe" + i, "another" + i);
			assertThat(newcomer.take()).anyMatch((frame) -> frame.contains("\"subscribed\""));
		}
		sockets.forEach(ClientSession::closed);
		this.time.advance(Duration.ofSeconds(10));
		assertThat(this.engine.statistics().topics()).isEqualTo(11);
		assertThat(this.engine.count("room")).isEqualTo(11);
	}

	@Test
	void snapshotsOfARoomOfFiveThousandAsFastAsPossible() {
		for (int i = 0; i < 5_000; i++) {
			ClientSession member = this.engine.open(new RecordingTransport(),
					ConnectionDetails.ofUser(Map.of("id", "member" + i)));
			member.receive("{\"type\":\"subscribe\",\"topic\":\"room\",\"observe\":false}");
		}
		join(this.witness, "ann", "room");
		RecordingTransport greedy = new RecordingTransport();
		ClientSession client = this.engine.open(greedy, ConnectionDetails.ofUser(null));
		client.receive("{\"type\":\"subscribe\",\"topic\":\"__presence:room\"}");
		int seconds = 10;
		for (int second = 0; second < seconds; second++) {
			for (int i = 0; i < FRAMES_PER_SECOND - 1; i++) {
				client.receive("{\"type\":\"presence-snapshot\",\"topic\":\"room\"}");
				this.time.advance(Duration.ofMillis(1));
			}
			join(new RecordingTransport(), "visitor" + second, "room");
			this.time.advance(Duration.ofMillis(701));
		}
		this.time.advance(Duration.ofSeconds(5));
		assertThat(greedy.take().stream().filter((frame) -> frame.contains("\"event\":\"state\"")).count())
			.isBetween((long) seconds, seconds + 2L);
		assertThat(greedy.closeCode()).isNull();
		assertThat(this.witness.take()).hasSize(seconds).allMatch((frame) -> frame.contains("\"event\":\"diff\""));
	}

	@Test
	void aCursorThatMovesTwoHundredTimesASecondBeforeAThousandObservers() {
		ClientSession cursor = this.engine.open(new RecordingTransport(),
				ConnectionDetails.ofUser(Map.of("id", "ann")));
		cursor.receive("{\"type\":\"subscribe\",\"topic\":\"board\",\"observe\":false}");
		List<RecordingTransport> observers = new ArrayList<>();
		for (int i = 0; i < SOCKETS; i++) {
			RecordingTransport observer = new RecordingTransport();
			observers.add(observer);
			this.engine.open(observer, ConnectionDetails.ofUser(null))
				.receive("{\"type\":\"subscribe\",\"topic\":\"__presence:board\"}");
		}
		join(this.witness, "ben", "room");
		this.time.advance(Duration.ofSeconds(1));
		observers.forEach(RecordingTransport::take);
		for (int i = 1; i < FRAMES_PER_SECOND; i++) {
			cursor.receive("{\"type\":\"presence-state\",\"topic\":\"board\",\"state\":{\"x\":" + i + "}}");
			this.time.advance(Duration.ofMillis(5));
		}
		join(new RecordingTransport(), "cid", "room");
		this.time.advance(Duration.ofSeconds(1));
		for (RecordingTransport observer : observers) {
			List<String> frames = observer.take();
			assertThat(frames).hasSizeBetween(15, 22).allMatch((frame) -> frame.contains("\"event\":\"diff\""));
			assertThat(frames.get(frames.size() - 1)).contains("{\"x\":" + (FRAMES_PER_SECOND - 1) + "}");
		}
		assertThat(this.witness.take()).singleElement().asString().contains("\"joins\":{\"cid\"");
	}

	private static Limits limits(int topics, int topicsPerConnection) {
		Limits limits = Limits.defaults();
		return new Limits(limits.maxConnections(), topics, topicsPerConnection, limits.maxConnectionsPerKey(),
				limits.maxConnectionsPerAddress(), limits.maxTopicLength(), limits.maxDataBytes(),
				limits.maxStateBytes(), limits.maxOutboundBytes(), limits.maxFramesPerSecond());
	}

	private void join(RecordingTransport transport, String user, String topic) {
		ClientSession session = this.engine.open(transport, ConnectionDetails.ofUser(Map.of("id", user)));
		session.receive("{\"type\":\"subscribe\",\"topic\":\"" + topic + "\"}");
		this.time.advance(Duration.ofMillis(100));
		if (transport == this.witness) {
			transport.take();
		}
	}

	private static String batch(int socket, int batch) {
		return IntStream.range(0, 100)
			.mapToObj((i) -> "\"flood:" + socket + ":" + (batch * 100 + i) + "\"")
			.collect(Collectors.joining(",", "{\"type\":\"subscribe-batch\",\"topics\":[", "]}"));
	}

}
