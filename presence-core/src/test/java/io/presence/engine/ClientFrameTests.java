package io.presence.engine;

import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import io.presence.concurrent.VirtualScheduler;

import static org.assertj.core.api.Assertions.assertThat;

class ClientFrameTests {

	private final Set<String> denied = new HashSet<>();

	private final VirtualScheduler time = new VirtualScheduler();

	private final PresenceEngine engine = PresenceEngine.builder()
		.scheduler(this.time)
		.executor(this.time)
		.listenerExecutor(this.time)
		.authorizer((request) -> !this.denied.contains(request.action() + " " + request.topic()))
		.build();

	private final RecordingTransport frames = new RecordingTransport();

	private final ClientSession session = this.engine.open(this.frames, ConnectionDetails.ofUser(Map.of("id", "ada")));

	@Test
	void asksForASnapshotAsForTheGroundOfObserving() {
		this.session.receive("{\"type\":\"subscribe\",\"topic\":\"room\"}");
		this.denied.add("OBSERVE room");
		assertThat(snapshot()).contains("\"event\":\"state\"");
		this.denied.add("JOIN room");
		assertThat(snapshot()).contains("\"code\":\"unauthorized\"", "\"topic\":\"room\"");
		this.denied.remove("OBSERVE room");
		assertThat(snapshot()).contains("\"event\":\"state\"");
	}

	@Test
	void mayNotSeeBecauseItMayJoin() {
		this.session.receive("{\"type\":\"subscribe\",\"topic\":\"__presence:room\"}");
		this.denied.add("OBSERVE room");
		assertThat(snapshot()).contains("\"code\":\"unauthorized\"");
	}

	@Test
	void namesTheTopicsOfABatchThatWereTooMany() {
		receive(150, "{\"type\":\"ping\"}");
		this.frames.take();
		this.session.receive("{\"type\":\"subscribe-batch\",\"ref\":3,\"topics\":["
				+ IntStream.range(0, 100).mapToObj((i) -> "\"room" + i + "\"").collect(Collectors.joining(",")) + "]}");
		assertThat(this.frames.take()).filteredOn((frame) -> frame.contains("rate-limited"))
			.hasSize(50)
			.allMatch((frame) -> frame.contains("\"ref\":3"))
			.anyMatch((frame) -> frame.contains("\"topic\":\"room99\""));
	}

	@Test
	void countsABatchOfNothing() {
		receive(200, "{\"type\":\"subscribe-batch\",\"topics\":[]}");
		assertThat(this.frames.take()).noneMatch((frame) -> frame.contains("rate-limited"));
		receive(1, "{\"type\":\"subscribe-batch\",\"topics\":[]}");
		assertThat(this.frames.take()).singleElement().asString().contains("rate-limited");
	}

	private String snapshot() {
		this.time.advance(Duration.ofSeconds(2));
		this.frames.take();
		this.session.receive("{\"type\":\"presence-snapshot\",\"topic\":\"room\"}");
		this.time.advance(Duration.ofSeconds(2));
		return String.join("\n", this.frames.take());
	}

	private void receive(int times, String frame) {
		for (int i = 0; i < times; i++) {
			this.session.receive(frame);
		}
	}

}
