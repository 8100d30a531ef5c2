package io.presence.privacy;

import java.math.BigDecimal;

import io.presence.PresenceDataException;
import io.presence.json.JsonText;
import io.presence.json.Quoted;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads a member's key out of its data.
 */
final class KeyField {

	private static final int MAX_CODE_POINTS = 256;

	private static final JsonFactory FACTORY = new JsonFactory();

	private final String name;

	KeyField(String name) {
		this.name = name;
	}

	@Nullable String of(JsonText data) {
		try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), data.text())) {
			parser.nextToken();
			for (String field = parser.nextName(); field != null; field = parser.nextName()) {
				JsonToken token = parser.nextToken();
				if (field.equals(this.name)) {
					String key = key(parser, token);
					return (key != null) ? MemberKeys.selected(key) : null;
				}
				parser.skipChildren();
			}
			return null;
		}
	}

	private @Nullable String key(JsonParser parser, JsonToken token) {
		return switch (token) {
			case VALUE_NULL -> null;
			case VALUE_TRUE, VALUE_FALSE, VALUE_NUMBER_INT -> parser.getString();
			case VALUE_NUMBER_FLOAT -> wholeNumber(parser.getString());
			case VALUE_STRING -> checked(parser.getString());
			default -> throw refused((token == JsonToken.START_OBJECT) ? "an object" : "an array");
		};
	}

	private String wholeNumber(String text) {
		if (new BigDecimal(text).stripTrailingZeros().scale() > 0) {
			throw refused("the number " + text);
		}
		return text;
	}

	private String checked(String key) {
		int length = key.codePointCount(0, key.length());
		if (length > MAX_CODE_POINTS) {
			throw refused("a string of " + length + " code points");
		}
		for (int i = 0; i < key.length(); i++) {
			char c = key.charAt(i);
			if (Character.isHighSurrogate(c) && i + 1 < key.length() && Character.isLowSurrogate(key.charAt(i + 1))) {
				i++;
			}
			else if (Character.isSurrogate(c)) {
				throw refused("the string " + Quoted.of(key) + " with a lone surrogate at index " + i);
			}
		}
		return key;
	}

	private PresenceDataException refused(String what) {
		return new PresenceDataException("The key field " + Quoted.of(this.name) + " of the data (presence.key) is "
				+ what + " but must be a string of at most " + MAX_CODE_POINTS
				+ " code points, an integer, a boolean or absent");
	}

}
