package io.presence.redis.testing;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The {@code redis-server} program that tests start: the one inside the embedded-redis
 * jar, else the one on the path.
 */
final class RedisBinary {

	private static final String VERSION = "7.0.15";

	private static final Optional<Path> PATH = embedded().or(() -> onPath("redis-server"));

	private RedisBinary() {
	}

	static Optional<Path> path() {
		return PATH;
	}

	/**
	 * Finds a server into which a library can be loaded, unlike the one in the jar.
	 * {@code redis-check-rdb}, of a package that runs no server, is the same program and
	 * serves under the name {@code redis-server}.
	 */
	static Optional<Path> linkedDynamically() {
		return onPath("redis-server").or(() -> onPath("redis-check-rdb"));
	}

	private static Optional<Path> embedded() {
		String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
		String processor = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
		String name = "/redis-server-" + VERSION + (system.startsWith("mac") ? "-darwin-" : "-linux-")
				+ (processor.equals("aarch64") ? "arm64" : "amd64");
		if (!system.startsWith("mac") && !system.startsWith("linux")) {
			return Optional.empty();
		}
		try (InputStream in = RedisBinary.class.getResourceAsStream(name)) {
			if (in == null) {
				return Optional.empty();
			}
			Path file = Files.createTempFile("presence-redis-server", "");
			Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
			file.toFile().deleteOnExit();
			return file.toFile().setExecutable(true) ? Optional.of(file) : Optional.empty();
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot unpack '" + name + "'", ex);
		}
	}

	private static Optional<Path> onPath(String program) {
		String path = System.getenv("PATH");
		return Stream.of((path != null) ? path.split(File.pathSeparator) : new String[0])
			.map((folder) -> Path.of(folder, program))
			.filter(Files::isExecutable)
			.findFirst();
	}

}
