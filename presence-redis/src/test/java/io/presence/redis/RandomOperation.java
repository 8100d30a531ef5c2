package io.presence.redis;

import java.util.List;

/**
 * Something that happens to a server.
 */
sealed interface RandomOperation {

	/**
	 * A call of a script.
	 *
	 * @param script the script
	 * @param keys its keys
	 * @param arguments its arguments
	 */
	record Run(Script script, List<String> keys, List<String> arguments) implements RandomOperation {

	}

	/**
	 * The server's clock goes on, or jumps.
	 *
	 * @param micros by how many microseconds
	 */
	record Step(long micros) implements RandomOperation {

	}

	/**
	 * Somebody else writes, or data are lost.
	 *
	 * @param what what is done
	 * @param key to which key
	 * @param name to which field or member
	 * @param value with which value
	 */
	record Damage(String what, String key, String name, String value) implements RandomOperation {

	}

}
