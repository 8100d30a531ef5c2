package io.presence.protocol;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.presence.LeaveReason;
import io.presence.concurrent.VirtualScheduler;
import io.presence.engine.ClientSession;
import io.presence.engine.ConnectionDetails;
import io.presence.engine.PresenceEngine;
import io.presence.engine.PresenceTransport;
import io.presence.json.JsonText;
import io.presence.store.MemberState;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds {@code docs/protocol.md} to what is read and written.
 */
class ProtocolPageTests {

	private static final Pattern EXAMPLE = Pattern.compile("```json\n(.*?)```", Pattern.DOTALL);

	private static final String SERVER = "\n## What the server sends: control frames\n";

	private static final String EPOCH = "pW3nB0yTq1Uf6KzR8dXhJg";

	private static final String ADAS = "c7Yb0kQ2mX9dLs4Vt1RwEg";

	private static final String BOBS = "x2Hn5uAa8PfKq0ZjYw3CvM";

	private static final JsonText ADA = JsonText.ofCanonical("{\"id\":\"ada\",\"name\":\"Ada\"}");

	private static final JsonText NEW_ADA = JsonText.ofCanonical("{\"id\":\"ada\",\"name\":\"Ada L.\"}");

	private static final JsonText BOB = JsonText.ofCanonical("{\"id\":\"bob\",\"name\":\"Bob\"}");

	private final JsonMapper mapper = new JsonMapper();

	@Test
	void theClientsFramesAreRead() throws Exception {
		String page = page();
		FrameReader reader = new FrameReader(256, 1024);
		Stream.Builder<Class<?>> read = Stream.builder();
		for (String example : examples(page.substring(0, page.indexOf(SERVER)))) {
			ClientFrame frame = reader.read(example);
			read.add(frame.getClass());
			if (frame instanceof ClientFrame.SubscribeBatch batch) {
				assertThat(batch.elements()).hasOnlyElementsOfType(ClientFrame.Subscribe.class);
			}
		}
		assertThat(read.build()).containsExactly(ClientFrame.Subscribe.class, ClientFrame.Subscribe.class,
				ClientFrame.Subscribe.class, ClientFrame.SubscribeBatch.class, ClientFrame.Unsubscribe.class,
				ClientFrame.Unsubscribe.class, ClientFrame.State.class, ClientFrame.State.class,
				ClientFrame.Snapshot.class, ClientFrame.Snapshot.class, ClientFrame.Ping.class);
	}

	@Test
	void theServersFramesAreWritten() throws Exception {
		String page = page();
		List<JsonNode> examples = examples(page.substring(page.indexOf(SERVER))).stream()
			.map(this.mapper::readTree)
			.toList();
		List<JsonNode> written = Stream.concat(controlFrames(), presenceFrames()).map(this.mapper::readTree).toList();
		assertThat(examples).containsExactlyElementsOf(written);
	}

	@Test
	void everyCodeAndReasonIsExplained() throws Exception {
		String page = page();
		Stream<String> errors = Arrays.stream(ErrorCode.values()).map(ErrorCode::code);
		Stream<String> denials = Arrays.stream(DenialReason.values()).map(DenialReason::code);
		Stream<String> leaves = Arrays.stream(LeaveReason.values()).map(LeaveReason::code);
		assertThat(Stream.of(errors, denials, leaves).flatMap((codes) -> codes))
			.allSatisfy((code) -> assertThat(page).contains("\n| `" + code + "` | "));
		assertThat(Arrays.stream(UnsubscribeReason.values()).map(UnsubscribeReason::code))
			.allSatisfy((code) -> assertThat(page).contains("`" + code + "`"));
	}

	private static Stream<String> controlFrames() {
		return Stream.of(
				FrameWriter.welcome(ADAS, Duration.ofSeconds(30), Duration.ofSeconds(90), Duration.ofSeconds(25), 1024),
				FrameWriter.subscribed("room:42", "ada", 7L), FrameWriter.subscribed("__presence:room:42", null, 8L),
				FrameWriter.denied("room:secret", DenialReason.UNAUTHORIZED, 13L),
				FrameWriter.current("room:42", new Position(EPOCH, 17)),
				FrameWriter.unsubscribed("room:42", UnsubscribeReason.LEAVE, 10L),
				FrameWriter.unsubscribed("room:42", UnsubscribeReason.KICKED, null), badFrame(), rateLimited(),
				FrameWriter.goodbye(Duration.ofMillis(2381)), FrameWriter.pong());
	}

	private static String badFrame() {
		try {
			ClientFrame frame = new FrameReader(256, 1024).read("""
					{"type":"presence-state","topic":"room:42","state":1,"expireAfter":"8s","ref":12}""");
			throw new AssertionError(frame);
		}
		catch (FrameException ex) {
			return ex.answer();
		}
	}

	private static String rateLimited() {
		VirtualScheduler time = new VirtualScheduler();
		List<String> frames = new ArrayList<>();
		PresenceEngine engine = PresenceEngine.builder()
			.scheduler(time)
			.executor(time)
			.listenerExecutor(Runnable::run)
			.build();
		ClientSession session = engine.open(new PresenceTransport() {

			@Override
			public void send(String frame, SendCallback callback) {
				frames.add(frame);
				callback.done(null);
			}

			@Override
			public void ping() {
			}

			@Override
			public void close(int code, String reason) {
			}

		}, ConnectionDetails.ofUser(null));
		for (int i = 0; i < 1_000; i++) {
			session.receive("{\"type\":\"ping\"}");
			time.runReady();
			if (frames.get(frames.size() - 1).contains("rate-limited")) {
				return frames.get(frames.size() - 1);
			}
		}
		throw new AssertionError("No frame was refused");
	}

	private static Stream<String> presenceFrames() {
		JsonText nobody = JsonText.ofCanonical("{}");
		MemberState typing = new MemberState("ada", JsonText.ofCanonical("{\"status\":\"typing\"}"), 41);
		StateUpdate cleared = new StateUpdate("ada", null, 42);
		StateUpdate online = new StateUpdate("bob", JsonText.ofCanonical("{\"status\":\"online\"}"), 43);
		StateUpdate away = new StateUpdate("bob", JsonText.ofCanonical("{\"status\":\"away\"}"), 44);
		return Stream.of(
				FrameWriter.state("room:42", new Position(EPOCH, 17), Map.of("ada", ADA, "~Zk81pQ", nobody),
						Map.of(ADAS, typing)),
				FrameWriter.diff("room:42", 17, new Position(EPOCH, 18), 2, Map.of("ada", NEW_ADA, "bob", BOB),
						Map.of("~Zk81pQ", nobody), Set.of("ada"), Map.of("~Zk81pQ", LeaveReason.DISCONNECT),
						Map.of(ADAS, cleared, BOBS, online)),
				FrameWriter.diff("room:42", 18, new Position(EPOCH, 19), 2, Map.of(), Map.of(), Set.of(), Map.of(),
						Map.of(BOBS, away)),
				FrameWriter.heartbeat("room:42", new Position(EPOCH, 19), 2, Map.of("ada", NEW_ADA, "bob", BOB)),
				FrameWriter.heartbeat("room:42", new Position(EPOCH, 19), 2, null));
	}

	private static List<String> examples(String page) {
		return EXAMPLE.matcher(page).results().map((MatchResult result) -> result.group(1)).toList();
	}

	private static String page() throws IOException {
		return Files.readString(Path.of("..", "docs", "protocol.md"));
	}

}
