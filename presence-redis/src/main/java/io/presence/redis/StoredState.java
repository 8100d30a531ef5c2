package io.presence.redis;

import org.jspecify.annotations.Nullable;

import io.presence.json.JsonText;
import io.presence.store.MemberState;

/**
 * Reads and writes the state of a connection as it stands in Redis:
 * {@code <n>:<length of key>:<key><state>}.
 */
final class StoredState {

	private static final int MAX_LENGTH_DIGITS = 9;

	private StoredState() {
	}

	static @Nullable MemberState parse(String octets) {
		int afterN = octets.indexOf(':');
		int afterLength = octets.indexOf(':', afterN + 1);
		if (afterN < 0 || afterLength < 0 || afterLength - afterN - 1 > MAX_LENGTH_DIGITS) {
			return null;
		}
		long n = Numbers.decimal(octets.substring(0, afterN));
		int length = Numbers.digits(octets, afterN + 1, afterLength);
		if (n < 0 || length < 0 || length > octets.length() - afterLength - 1) {
			return null;
		}
		int end = afterLength + 1 + length;
		JsonText state = StoredJson.value(octets.substring(end));
		return (state != null) ? new MemberState(Octets.text(octets.substring(afterLength + 1, end)), state, n) : null;
	}

}
