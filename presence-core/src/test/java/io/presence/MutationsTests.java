package io.presence;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The changes that the proof names fit the code, wherever it has moved. That each makes a
 * test fail is shown by {@code src/test/mutations/run}.
 */
class MutationsTests {

	private static final Path SOURCES = Path.of("src", "main", "java", "io", "presence");

	private static final Path TESTS = Path.of("src", "test", "java", "io", "presence");

	@ParameterizedTest
	@MethodSource("changes")
	void fits(String change) throws IOException {
		String[] parts = change.split(" ::: ", -1);
		assertThat(parts).as("file ::: text ::: its replacement ::: tests").hasSize(4);
		assertThat(Files.readString(SOURCES.resolve(parts[0]))).contains(parts[1].replace('~', '\n'));
		for (String test : parts[3].split(",")) {
			assertThat(TESTS.resolve(test.replace('.', '/') + ".java")).isRegularFile();
		}
	}

	static Stream<String> changes() throws IOException {
		return Files.readAllLines(Path.of("src", "test", "mutations", "mutations.txt"))
			.stream()
			.filter((line) -> !line.isBlank() && !line.startsWith("#"));
	}

}
