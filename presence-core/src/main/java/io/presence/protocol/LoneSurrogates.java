package io.presence.protocol;

import java.util.Map;

import tools.jackson.databind.JsonNode;

/**
 * Finds the halves of surrogate pairs that JSON can write as escapes and UTF-8 cannot
 * carry.
 */
final class LoneSurrogates {

	private LoneSurrogates() {
	}

	static boolean in(JsonNode value) {
		if (value.isString()) {
			return in(value.stringValue());
		}
		for (Map.Entry<String, JsonNode> property : value.properties()) {
			if (in(property.getKey()) || in(property.getValue())) {
				return true;
			}
		}
		if (value.isArray()) {
			for (JsonNode element : value) {
				if (in(element)) {
					return true;
				}
			}
		}
		return false;
	}

	static boolean in(String text) {
		for (int i = 0; i < text.length(); i++) {
			char c = text.charAt(i);
			if (!Character.isSurrogate(c)) {
				continue;
			}
			if (!Character.isHighSurrogate(c) || i + 1 == text.length()
					|| !Character.isLowSurrogate(text.charAt(i + 1))) {
				return true;
			}
			i++;
		}
		return false;
	}

}
