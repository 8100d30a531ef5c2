package io.presence.protocol;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

import io.presence.json.Json;
import io.presence.json.JsonLimits;

/**
 * Picks the frames that are for presence out of an application's own messages.
 */
final class PresenceFrames {

	private static final String TYPE_PREFIX = "presence-";

	private static final JsonMapper mapper = Json.mapper(JsonLimits.DEFAULT);

	private PresenceFrames() {
	}

	static boolean contains(String text) {
		// Either prefix holds the word, unless letters of it are escaped.
		if (!text.contains("presence") && text.indexOf("\\u") < 0) {
			return false;
		}
		try (JsonParser parser = mapper.createParser(text)) {
			return parser.nextToken() == JsonToken.START_OBJECT && scan(parser);
		}
		catch (JacksonException ex) {
			return false;
		}
	}

	private static boolean scan(JsonParser parser) {
		boolean prefixed = false;
		for (String name = parser.nextName(); name != null; name = parser.nextName()) {
			parser.nextToken();
			if ((name.equals("type") && begins(parser, TYPE_PREFIX))
					|| (name.equals("topic") && begins(parser, SentTopic.PREFIX))) {
				return true;
			}
			if (name.equals("topics") && parser.currentToken() == JsonToken.START_ARRAY) {
				prefixed = allPrefixed(parser);
			}
			else {
				parser.skipChildren();
			}
		}
		return prefixed;
	}

	/**
	 * Tells whether a batch is all about topics with the prefix: the application cannot
	 * be asked about the others in the middle of it.
	 */
	private static boolean allPrefixed(JsonParser parser) {
		int count = 0;
		boolean all = true;
		while (parser.nextToken() != JsonToken.END_ARRAY) {
			all &= (parser.currentToken() == JsonToken.START_OBJECT) ? isPrefixedElement(parser)
					: begins(parser, SentTopic.PREFIX);
			parser.skipChildren();
			count++;
		}
		return all && count > 0;
	}

	private static boolean isPrefixedElement(JsonParser parser) {
		boolean prefixed = false;
		for (String name = parser.nextName(); name != null; name = parser.nextName()) {
			parser.nextToken();
			prefixed |= name.equals("topic") && begins(parser, SentTopic.PREFIX);
			parser.skipChildren();
		}
		return prefixed;
	}

	private static boolean begins(JsonParser parser, String prefix) {
		return parser.currentToken() == JsonToken.VALUE_STRING && parser.getString().startsWith(prefix);
	}

}
