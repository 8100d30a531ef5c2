package io.presence.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The example in the README is code that runs.
 */
class ReadmeTests {

	private static final Pattern JAVA = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);

	@Test
	void theExampleIsTheController() throws IOException {
		Matcher example = JAVA.matcher(Files.readString(Path.of("../README.md")));
		assertThat(example.find()).isTrue();
		assertThat(Files.readString(Path.of("src/main/java/io/presence/sample/RoomController.java")))
			.endsWith(example.group(1));
	}

}
