package io.presence.engine;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import io.presence.PresenceDataException;
import io.presence.json.CanonicalJson;
import io.presence.json.JsonLimits;
import io.presence.json.JsonText;
import io.presence.json.JsonTooLargeException;

/**
 * Turns the states that the application publishes into JSON, and refuses what is none.
 */
final class StateChecks {

	private static final String MAX_STATE_BYTES = "presence.limits.max-state-bytes";

	private static final Duration MIN_EXPIRE_AFTER = Duration.ofMillis(1);

	private static final Duration MAX_EXPIRE_AFTER = Duration.ofHours(24);

	private final CanonicalJson json = new CanonicalJson(JsonLimits.DEFAULT);

	private final EngineContext context;

	StateChecks(EngineContext context) {
		this.context = context;
	}

	JsonText toJson(Object state) {
		int max = this.context.limits().maxStateBytes();
		try {
			return this.json.of(state, max);
		}
		catch (JsonTooLargeException ex) {
			throw this.context.limitExceeded(MAX_STATE_BYTES,
					"The state is larger than " + max + " bytes: publish less, or raise " + MAX_STATE_BYTES);
		}
	}

	static @Nullable Duration expireAfter(@Nullable Duration expireAfter) {
		if (expireAfter != null
				&& (expireAfter.compareTo(MIN_EXPIRE_AFTER) < 0 || expireAfter.compareTo(MAX_EXPIRE_AFTER) > 0)) {
			throw new PresenceDataException(
					"A state cannot expire after " + expireAfter + ": choose from 1 ms to 24 hours");
		}
		return expireAfter;
	}

}
