package io.presence.redis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The changes that the proof of many instances names fit the code, wherever it has moved.
 * That each makes a test fail is shown by {@code src/test/mutations/run.sh}.
 */
class MutationsTests {

	private static final Path SOURCES = Path.of("src");

	private static final Path TESTS = Path.of("src", "test", "java", "io", "presence", "redis");

	@ParameterizedTest
	@MethodSource("changes")
	void fits(Path change) throws IOException {
		List<String> lines = Files.readAllLines(change);
		assertThat(lines).as("tests, file, text and its replacement").hasSizeBetween(3, 4);
		if (lines.get(0).endsWith("Tests")) {
			assertThat(TESTS.resolve(lines.get(0) + ".java")).isRegularFile();
		}
		else {
			assertThat(SimulationProfile.values()).extracting(Enum::name).contains(lines.get(0));
		}
		assertThat(Files.readString(SOURCES.resolve(lines.get(1)))).containsOnlyOnce(lines.get(2));
	}

	static Stream<Path> changes() throws IOException {
		return Files.list(Path.of("src", "test", "mutations")).filter((file) -> file.toString().endsWith(".mutation"));
	}

}
