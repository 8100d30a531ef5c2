package io.presence.redis.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The wall clock of a process, as libfaketime shows it to a program that is linked
 * dynamically. Its monotonic clock, and with it how long it waits, stays true.
 */
public final class WallClock {

	private static final Optional<Path> LIBRARY = find();

	private WallClock() {
	}

	static boolean isAvailable() {
		return LIBRARY.isPresent();
	}

	/**
	 * Returns what sets the clock of a process that is started with it.
	 * @param ahead how far it is ahead of the real one; behind it, if negative
	 * @return environment variables
	 */
	public static Map<String, String> ahead(Duration ahead) {
		return environment(Map.of("FAKETIME", offset(ahead)));
	}

	/**
	 * Returns what lets the clock of a process follow a file.
	 * @param file what {@link #set} writes
	 * @return environment variables
	 */
	static Map<String, String> following(Path file) {
		return environment(Map.of("FAKETIME_TIMESTAMP_FILE", file.toString(), "FAKETIME_NO_CACHE", "1"));
	}

	/**
	 * Sets the clock of all processes that follow a file, at once.
	 * @param file the file, which need not exist
	 * @param ahead how far the clock is ahead of the real one; behind it, if negative
	 */
	static void set(Path file, Duration ahead) {
		try {
			Path written = Files.writeString(file.resolveSibling(file.getFileName() + ".new"), offset(ahead));
			Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static Map<String, String> environment(Map<String, String> clock) {
		Path library = LIBRARY.orElseThrow(() -> new IllegalStateException(WallClockCondition.HELP));
		Map<String, String> environment = new HashMap<>(clock);
		// libfaketime hangs in a malloc that asks for the time when it is first called,
		// as that of Redis does, but not in that of libc.
		environment.put("LD_PRELOAD", library + ":libc.so.6");
		environment.put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
		// Without this, waiting by the monotonic clock ends at once or never.
		environment.put("FAKETIME_FORCE_MONOTONIC_FIX", "0");
		return environment;
	}

	private static String offset(Duration ahead) {
		return String.format(Locale.ROOT, "%+.3f", ahead.toMillis() / 1000d);
	}

	private static Optional<Path> find() {
		Path root = Path.of("/usr/lib");
		if (!Files.isDirectory(root)) {
			return Optional.empty();
		}
		try (DirectoryStream<Path> folders = Files.newDirectoryStream(root, "*{-linux-,faketime}*")) {
			for (Path folder : folders) {
				for (String name : new String[] { "faketime/libfaketime.so.1", "libfaketime.so.1" }) {
					if (Files.isReadable(folder.resolve(name))) {
						return Optional.of(folder.resolve(name));
					}
				}
			}
			return Optional.empty();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
