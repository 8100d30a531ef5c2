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
 * The Lua scripts: {@code <name>.lua} beside this class, with {@code common.lua} in
 * front.
 */
enum Script {

	/** Makes Redis say what a batch of marks says. */
	COMMIT,

	/** Registers an instance or extends its lease, and tells versions of topics. */
	LEASE,

	/** Ends a registration. */
	END,

	/** Removes what a dead registration has in a topic. */
	REAP,

	/** Reads a piece of a topic. */
	READ,

	/** Tells the topics of a registration. */
	TOPICS;

	private final String text = load("common") + load(name().toLowerCase(Locale.ROOT));

	private final String digest = sha1(this.text);

	String text() {
		return this.text;
	}

	/**
	 * Tells whether the script only reads, which a server may allow that refuses to
	 * write.
	 * @return whether it does
	 */
	boolean isReading() {
		return this == READ || this == TOPICS;
	}

	/**
	 * Returns the name under which Redis keeps the script.
	 * @return the SHA-1 of the text, in hexadecimal
	 */
	String digest() {
		return this.digest;
	}

	private static String load(String name) {
		try (InputStream in = Script.class.getResourceAsStream(name + ".lua")) {
			if (in == null) {
				throw new IllegalStateException(
						"The class path lacks io/presence/redis/" + name + ".lua: repackage presence-redis with it");
			}
			return new String(in.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String sha1(String text) {
		try {
			byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
			return HexFormat.of().formatHex(digest);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
