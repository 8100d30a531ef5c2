package io.presence.redis;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

import io.presence.json.JsonText;

/**
 * Takes JSON text out of Redis. It goes into frames as it is, so text that is no JSON
 * must not come through.
 */
final class StoredJson {

	private static final JsonFactory factory = new JsonFactory();

	private StoredJson() {
	}

	static @Nullable JsonText object(String octets) {
		return octets.startsWith("{") ? value(octets) : null;
	}

	static @Nullable JsonText value(String octets) {
		String text = Octets.text(octets);
		return isJson(text) ? JsonText.ofCanonical(text) : null;
	}

	private static boolean isJson(String text) {
		try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), text)) {
			JsonToken first = parser.nextToken();
			if (first == null) {
				return false;
			}
			parser.skipChildren();
			return parser.nextToken() == null;
		}
		catch (JacksonException ex) {
			return false;
		}
	}

}
