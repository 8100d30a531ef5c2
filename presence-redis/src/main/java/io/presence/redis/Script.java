package io.presence.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * The scripts that run in Redis, each a file of its own name beside this class. The
 * header of a file tells the keys, the arguments and the reply.
 */
enum Script {

	/** Makes Redis say what a batch of marks says. */
	COMMIT,

	/** Registers or extends, keeps topics alive, tells deadlines and versions. */
	LEASE,

	/** Ends a registration. */
	END,

	/** Removes what a dead registration has in a topic. */
	REAP,

	/** Reads a piece of a topic. */
	READ,

	/** Tells the topics of a registration. */
	TOPICS;

	private static final String COMMON = "common";

	private final String text = load(COMMON) + load(name().toLowerCase(Locale.ROOT));

	private final String digest = sha1(this.text);

	/**
	 * Returns what {@code SCRIPT LOAD} and {@code EVAL} take.
	 * @return the text, ASCII only
	 */
	String text() {
		return this.text;
	}

	/**
	 * Returns what {@code EVALSHA} takes.
	 * @return 40 lower-case hexadecimal digits
	 */
	String digest() {
		return this.digest;
	}

	private static String load(String name) {
		String file = name + ".lua";
		try (InputStream in = Script.class.getResourceAsStream(file)) {
			if (in == null) {
				throw new IllegalStateException("No '" + file + "' beside " + Script.class.getName()
						+ ": the presence-redis jar is incomplete, or a native image was built without its resources");
			}
			return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot read '" + file + "'", ex);
		}
	}

	private static String sha1(String text) {
		try {
			byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.US_ASCII));
			return HexFormat.of().formatHex(digest);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java platform has SHA-1", ex);
		}
	}

}
