package io.presence.redis.model;

import java.util.Map;

/**
 * What a key holds.
 *
 * @param type the type as Redis names it
 * @param content fields and values of a hash, members and scores of a sorted set, a
 * string under the empty name
 * @param expiresAt when it expires, in milliseconds of the server's clock, -1: never
 */
public record RedisValue(String type, Map<String, String> content, long expiresAt) {

	static String score(double score) {
		if (Double.isInfinite(score)) {
			return (score > 0) ? "inf" : "-inf";
		}
		return Long.toString((long) score);
	}

	static double score(String score) {
		return switch (score) {
			case "inf" -> Double.POSITIVE_INFINITY;
			case "-inf" -> Double.NEGATIVE_INFINITY;
			default -> Double.parseDouble(score);
		};
	}

}
