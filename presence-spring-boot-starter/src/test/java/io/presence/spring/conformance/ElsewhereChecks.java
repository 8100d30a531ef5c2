package io.presence.spring.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Sentences about clients, on which the browser client's own tests give the verdict, and
 * about the project's page. Held here is that those tests are there.
 */
class ElsewhereChecks extends Checks {

	private static final Path CLIENT_TESTS = Path.of("..", "presence-client", "src", "test", "js");

	@Verifies("D1")
	void aTestReadsTheExamplesOfThePage() {
		assertThat(Path.of("..", "docs", "protocol.md")).isRegularFile();
		assertThat(Path.of("..", "presence-core", "src", "test", "java", "io", "presence", "protocol",
				"ProtocolPageTests.java"))
			.isRegularFile();
	}

	@Verifies({ "G4", "P36" })
	void clientsIgnoreWhatTheyDoNotKnow() throws IOException {
		assertClientTest("frames that nobody knows are ignored");
	}

	@Verifies("C30")
	void theClientAsksForLightHeartbeats() throws IOException {
		assertClientTest("is joined, followed and left");
		String client = Files.readString(Path.of("..", "presence-client", "src", "main", "js", "presence.js"));
		assertThat(client).containsPattern("heartbeat: ?'light'");
	}

	@Verifies("P21")
	void clientsApplyOnlyTheDiffThatFits() throws IOException {
		assertClientTest("a diff that starts at the held version is applied, with its edges and reasons");
		assertClientTest("a diff that comes twice, or late, is dropped");
		assertClientTest("another epoch is a gap");
	}

	@Verifies("P22")
	void clientsAskOnceAboutAGap() throws IOException {
		assertClientTest("a gap asks for a snapshot, once, and ignores diffs until the state arrives");
	}

	@Verifies("P23")
	void clientsThatIgnoreVersionsConverge() throws IOException {
		assertClientTest("that ignores versions converges by state, diff and heartbeat");
	}

	@Verifies("P37")
	void whatAStateShowsHasTheReasonUnknown() throws IOException {
		assertClientTest("a state of another epoch replaces everything; who vanished left for an unknown reason");
	}

	@Verifies("X8")
	void clientsDoNotFollowFinalCloseCodes() throws IOException {
		assertClientTest("does not follow close code ${code}");
	}

	private static void assertClientTest(String title) throws IOException {
		try (Stream<Path> files = Files.list(CLIENT_TESTS)) {
			List<Path> tests = files.filter((file) -> file.toString().endsWith(".test.js")).toList();
			assertThat(tests).anySatisfy((file) -> assertThat(Files.readString(file))
				.containsPattern("test\\(['`]" + Pattern.quote(title) + "['`]"));
		}
	}

}
