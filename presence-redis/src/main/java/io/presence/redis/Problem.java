package io.presence.redis;

import java.util.Locale;

/**
 * What can be wrong with Redis, and what to do about it.
 */
enum Problem {

	/** The server is a replica, or became one. */
	READ_ONLY("Redis is a replica",
			"Point spring.data.redis at the master, or at the Sentinels or the Cluster so that it is found", "READONLY",
			"MASTERDOWN"),

	/** The server is out of memory. */
	OUT_OF_MEMORY("Redis is out of memory", "Give it more with maxmemory, or remove what fills it", "OOM"),

	/** The server is starting. */
	LOADING("Redis is loading its data", "Nothing is to be done: it goes on when Redis is ready", "LOADING"),

	/** Slots of a Cluster are on their way. */
	MOVING("Redis Cluster is moving slots or lost a master", "See CLUSTER INFO if it lasts", "MOVED", "ASK", "TRYAGAIN",
			"CLUSTERDOWN", "CROSSSLOT"),

	/** The user of the connection may not do what is needed. */
	FORBIDDEN("Redis denies what Presence needs",
			"Set spring.data.redis.username and .password; the user needs the keys and channels of docs/storage.md",
			"NOAUTH", "NOPERM", "WRONGPASS", "ERR The user executing the script can't", "ERR ACL failure"),

	/** A slow script of somebody blocks the server. */
	BUSY("Redis is busy with a script", "Find it with SLOWLOG; SCRIPT KILL ends one that has not written", "BUSY"),

	/** The server cannot write to its disk, or has too few replicas. */
	UNSAFE("Redis refuses to write because it could not keep it",
			"Free its disk, restore its replicas, or relax stop-writes-on-bgsave-error and min-replicas-to-write",
			"MISCONF", "NOREPLICAS"),

	/** Some other error. */
	ERROR("Redis answered with an error", "The marks stay and are tried again; see the error"),

	/** There is no connection. */
	NOT_CONNECTED("Redis cannot be reached",
			"This instance goes on with what it knows. Check spring.data.redis and the network"),

	/** A reply took too long. */
	SILENT("Redis does not answer", "Its connection is opened anew. Look for a frozen or overloaded server"),

	/** The pub/sub connection brings nothing. */
	DEAF("Redis brings no messages",
			"The subscribing connection is opened anew. If it lasts, look for limits of pub/sub clients or missing channel permissions"),

	/** A script replied what it cannot reply. */
	MALFORMED_REPLY("A reply of Redis cannot be understood",
			"Look for a proxy or a renamed command between this instance and Redis"),

	/** A message that is not ours. */
	FOREIGN_MESSAGE("Somebody else publishes on a channel of Presence",
			"Give each application a presence.redis.key-prefix of its own"),

	/** A message of another release. */
	OTHER_VERSION("An instance of another version of Presence publishes what this one cannot read",
			"The topic is read instead. Finish the rolling upgrade"),

	/** A value that is not ours. */
	UNREADABLE_VALUE("A key of Presence holds what cannot be read",
			"It is repaired by the instances that know better. Find who writes it"),

	/** The server may throw keys away. */
	EVICTING("Redis evicts keys when it is out of memory, presence among them",
			"Set maxmemory-policy to noeviction or one of volatile-*, or give presence a Redis of its own"),

	/** The server is too old. */
	TOO_OLD("Redis is older than 6.2", "Upgrade it: Presence does not work with it");

	private final String text;

	private final String remedy;

	private final String[] errors;

	Problem(String text, String remedy, String... errors) {
		this.text = text;
		this.remedy = remedy;
		this.errors = errors;
	}

	String text() {
		return this.text;
	}

	/**
	 * Tells what is wrong and what to do.
	 * @param detail what this time has of its own
	 * @return a few sentences of printable characters
	 */
	String explain(String detail) {
		return this.text + ": " + printable(detail) + ". " + this.remedy;
	}

	String code() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	/**
	 * Tells whether it is over when Redis has worked without it for a while.
	 * @return whether it does
	 */
	boolean isPassing() {
		return this.errors.length > 0 || this == ERROR || this == NOT_CONNECTED || this == SILENT || this == DEAF;
	}

	private static String printable(String detail) {
		String shortened = (detail.length() <= 200) ? detail : detail.substring(0, 200) + "...";
		StringBuilder text = new StringBuilder();
		shortened.replaceAll("[.\\s]+$", "").chars().forEach((c) -> text.append((c < ' ' || c > '~') ? '?' : (char) c));
		return text.toString();
	}

	static Problem ofError(String error) {
		for (Problem problem : values()) {
			for (String prefix : problem.errors) {
				if (error.startsWith(prefix)) {
					return problem;
				}
			}
		}
		return ERROR;
	}

}
