package io.presence.redis;

import java.nio.charset.StandardCharsets;

import io.lettuce.core.codec.CRC16;

/**
 * The names of what Presence keeps in Redis. All keys of a bucket lie in one Cluster
 * slot.
 */
final class Keys {

	/** How many buckets there are. */
	static final int BUCKETS = 16;

	private static final int[] TAGS = { 18, 455, 333, 223, 553, 443, 95, 663, 265, 375, 908, 155, 985, 895, 405, 515 };

	private final String prefix;

	/**
	 * Creates names.
	 * @param prefix the prefix of all keys
	 * @param database the number of the database. Channels do not know databases, so the
	 * keys of any but 0 have its number in them
	 */
	Keys(String prefix, int database) {
		this.prefix = Octets.of((database == 0) ? prefix : prefix + database + ":");
	}

	static int bucket(String topic) {
		return CRC16.crc16(topic.getBytes(StandardCharsets.UTF_8)) % BUCKETS;
	}

	String bucket(int number) {
		return this.prefix + "{" + TAGS[number] + "}";
	}

	String instances(int number) {
		return bucket(number) + ":instances";
	}

	String index(int number, String registration) {
		return bucket(number) + ":i:" + registration;
	}

	String topic(int number, String topic) {
		return bucket(number) + ":t:" + Octets.of(topic);
	}

	String topicName(int number, String key) {
		return Octets.text(key.substring(bucket(number).length() + 3));
	}

	String kick() {
		return this.prefix + "kick";
	}

	String kickAnswers(String instance) {
		return kick() + ":" + instance;
	}

	/**
	 * Returns the bucket that a channel belongs to.
	 * @param channel the channel
	 * @return the number of the bucket, -1 if it belongs to none
	 */
	int bucketOf(String channel) {
		for (int number = 0; number < BUCKETS; number++) {
			if (channel.startsWith(bucket(number) + ":")) {
				return number;
			}
		}
		return -1;
	}

}
