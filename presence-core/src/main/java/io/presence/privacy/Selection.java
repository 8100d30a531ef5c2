package io.presence.privacy;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;

import io.presence.PresenceDataException;
import io.presence.PresenceLimitExceededException;
import io.presence.PresenceSelector;
import io.presence.concurrent.Failures;
import io.presence.json.CanonicalJson;
import io.presence.json.JsonLimits;
import io.presence.json.JsonText;
import io.presence.json.JsonTooLargeException;
import io.presence.json.Quoted;
import org.jspecify.annotations.Nullable;

/**
 * Turns user data into public data and a key: by the application's selector, or by
 * leaving out what has a sensitive name. Safe for use by many threads.
 */
public final class Selection {

	private static final String MAX_DATA_BYTES = "presence.limits.max-data-bytes";

	private static final Selected NOBODY = new Selected(null, JsonText.EMPTY_OBJECT);

	private final @Nullable PresenceSelector selector;

	private final CanonicalJson json;

	private final KeyField keyField;

	private final int maxDataBytes;

	/**
	 * Creates a selection.
	 * @param selector the application's selector, which is trusted but for the
	 * {@linkplain SensitiveNames#hardSecrets() hard secrets}, or {@code null} to show
	 * everything whose name is not sensitive, and of a principal its name
	 * @param names which names are sensitive
	 * @param keyField the field of the selected data that is the key,
	 * {@code presence.key}
	 * @param maxDataBytes the largest data, in bytes of UTF-8,
	 * {@code presence.limits.max-data-bytes}
	 * @param limits the work that one selection may cost
	 * @throws IllegalArgumentException if the key field is never part of the data
	 */
	public Selection(@Nullable PresenceSelector selector, SensitiveNames names, String keyField, int maxDataBytes,
			JsonLimits limits) {
		if (maxDataBytes < 2) {
			throw new IllegalArgumentException(MAX_DATA_BYTES + " is " + maxDataBytes + " but must be at least 2");
		}
		SensitiveNames dropped = (selector != null) ? names.hardSecrets() : names;
		if (dropped.test(keyField)) {
			throw new IllegalArgumentException("presence.key is " + Quoted.of(keyField)
					+ ", a name that is never shown, so every user would be anonymous: choose another field"
					+ ((selector != null) ? ""
							: ", declare a PresenceSelector, or take the word out of presence.select.sensitive-words"));
		}
		this.selector = selector;
		this.json = (selector != null) ? new CanonicalJson(limits, dropped)
				: CanonicalJson.withPrincipalsByName(limits, dropped);
		this.keyField = new KeyField(keyField);
		this.maxDataBytes = maxDataBytes;
	}

	/**
	 * Returns what others may see.
	 * @param userData a map, record or object, or {@code null} if nothing is known of the
	 * user
	 * @return the public data and its key
	 * @throws PresenceDataException if the selector fails, or its result is no JSON
	 * object, costs too much, or has a key that is none
	 * @throws PresenceLimitExceededException if the data is too large
	 */
	public Selected select(@Nullable Object userData) {
		if (userData == null) {
			return NOBODY;
		}
		Object chosen = (this.selector != null) ? choose(this.selector, userData) : userData;
		JsonText data = toJson(chosen);
		if (!data.isObject()) {
			throw new PresenceDataException(origin() + " of type " + chosen.getClass().getName()
					+ " is no JSON object: use a map, a record or a bean");
		}
		return new Selected(this.keyField.of(data), data);
	}

	private JsonText toJson(Object chosen) {
		if (chosen instanceof CompletionStage<?> || chosen instanceof Future<?>) {
			throw new PresenceDataException(
					origin() + " is a future of type " + chosen.getClass().getName() + ": wait for its value before");
		}
		try {
			return this.json.of(chosen, this.maxDataBytes);
		}
		catch (JsonTooLargeException ex) {
			throw new PresenceLimitExceededException(MAX_DATA_BYTES,
					origin() + " of type " + chosen.getClass().getName() + " is larger than " + this.maxDataBytes
							+ " bytes: show less of it, or raise " + MAX_DATA_BYTES);
		}
	}

	private static Object choose(PresenceSelector selector, Object userData) {
		@Nullable Object chosen;
		try {
			chosen = selector.select(userData);
		}
		catch (Exception | Error ex) {
			Failures.rethrowIfFatal(ex);
			throw new PresenceDataException(
					"The selector " + selector.getClass().getName() + " failed: " + ex.getClass().getName(), ex);
		}
		if (chosen == null) {
			throw new PresenceDataException("The selector " + selector.getClass().getName()
					+ " returned null: return an empty map to show nothing");
		}
		return chosen;
	}

	private String origin() {
		return (this.selector != null) ? "What the selector " + this.selector.getClass().getName() + " returned"
				: "User data";
	}

}
