package io.presence.redis;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.presence.json.JsonText;

/**
 * A hold of a member as it stands in Redis.
 *
 * @param registration the registration that holds the member
 * @param stamp when the connection joined whose data it is, 0 if that has gone and
 * another instance holds the member too
 * @param data the data
 */
record StoredHold(String registration, long stamp, JsonText data) {

	private static final int MAX_LENGTH_DIGITS = 9;

	/**
	 * Reads the holds of a member: each {@code <registration>:<stamp>:<length>:<data>},
	 * {@code =} for a length meaning the data of the one before.
	 * @param octets the value of the member's field
	 * @return the holds, newest first, {@code null} if they cannot be read
	 */
	static @Nullable List<StoredHold> parse(String octets) {
		List<StoredHold> holds = new ArrayList<>(1);
		JsonText data = null;
		int at = 0;
		while (at < octets.length()) {
			int afterRegistration = octets.indexOf(':', at);
			int afterStamp = octets.indexOf(':', afterRegistration + 1);
			int afterLength = octets.indexOf(':', afterStamp + 1);
			if (afterRegistration <= at || afterStamp < 0 || afterLength < 0) {
				return null;
			}
			long stamp = Numbers.decimal(octets.substring(afterRegistration + 1, afterStamp));
			int end = afterLength + 1;
			if (!octets.startsWith("=:", afterStamp + 1)) {
				int length = (afterLength - afterStamp - 1 <= MAX_LENGTH_DIGITS)
						? Numbers.digits(octets, afterStamp + 1, afterLength) : -1;
				if (length < 0 || length > octets.length() - end) {
					return null;
				}
				end += length;
				data = StoredJson.object(octets.substring(afterLength + 1, end));
			}
			if (stamp < 0 || data == null) {
				return null;
			}
			holds.add(new StoredHold(octets.substring(at, afterRegistration), stamp, data));
			at = end;
		}
		return holds.isEmpty() ? null : (holds.size() == 1) ? List.of(holds.get(0)) : holds;
	}

	/**
	 * Tells whether it lasts for the grace time only, and stands behind those of
	 * connections.
	 * @return whether it does
	 */
	boolean isYielding() {
		return this.stamp == 0;
	}

	boolean isNewerThan(@Nullable StoredHold other) {
		return other == null || this.stamp > other.stamp
				|| (this.stamp == other.stamp && this.registration.compareTo(other.registration) > 0);
	}

}
