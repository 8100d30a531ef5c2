package io.presence.redis;

import java.util.HashMap;
import java.util.Map;

/**
 * What a server tells of itself.
 *
 * @param version its version, {@code unknown} if it does not tell
 * @param isSharded whether it is in a Cluster and has sharded channels
 * @param eviction its eviction policy, empty if it does not tell
 */
record ServerInfo(String version, boolean isSharded, String eviction) {

	static final ServerInfo UNKNOWN = new ServerInfo("unknown", false, "");

	static ServerInfo of(String info) {
		Map<String, String> fields = new HashMap<>();
		info.lines().forEach((line) -> {
			int colon = line.indexOf(':');
			if (colon > 0) {
				fields.put(line.substring(0, colon), line.substring(colon + 1));
			}
		});
		String version = fields.getOrDefault("redis_version", UNKNOWN.version());
		boolean cluster = "cluster".equals(fields.get("redis_mode")) || "1".equals(fields.get("cluster_enabled"));
		return new ServerInfo(version, cluster && isAtLeast(version, 7, 0),
				fields.getOrDefault("maxmemory_policy", ""));
	}

	/**
	 * Reports what Presence cannot work with.
	 * @param problems what hears of it
	 * @param address the address of the server
	 */
	void report(Problems problems, String address) {
		if (!this.version.equals(UNKNOWN.version()) && !isAtLeast(this.version, 6, 2)) {
			problems.report(Problem.TOO_OLD, address + " is " + this.version);
		}
		if (this.eviction.startsWith("allkeys")) {
			problems.report(Problem.EVICTING, address + " has maxmemory-policy " + this.eviction);
		}
	}

	private static boolean isAtLeast(String version, int major, int minor) {
		String[] parts = version.split("\\.");
		int first = number(parts[0]);
		int second = (parts.length > 1) ? number(parts[1]) : 0;
		return first > major || (first == major && second >= minor);
	}

	private static int number(String text) {
		return Math.max(0, (text.length() <= 9) ? Numbers.digits(text, 0, text.length()) : 0);
	}

}
