package io.presence.protocol;

import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.databind.DatabindException;

import io.presence.json.JsonLimits;
import io.presence.json.JsonStrings;

/**
 * Makes of what others say about a refused frame a message that can be sent and logged:
 * one short line of printable ASCII.
 */
final class Messages {

	private static final int MAX_CHARS = 240;

	private Messages() {
	}

	static String notJson(JacksonException ex) {
		long offset = (ex.getLocation() != null) ? ex.getLocation().getCharOffset() : -1;
		return "The frame is not the JSON that it must be" + ((offset >= 0) ? " at character " + offset : "") + ": "
				+ why(ex);
	}

	/**
	 * Says it without the text of the parser, which names classes and settings of Java.
	 */
	private static String why(JacksonException ex) {
		if (ex instanceof StreamConstraintsException) {
			JsonLimits limits = JsonLimits.DEFAULT;
			return "at most " + limits.maxDepth() + " levels, " + limits.maxNodes() + " values and numbers of "
					+ limits.maxNumberLength() + " digits are allowed";
		}
		if (ex instanceof UnexpectedEndOfInputException) {
			return "it ends too early";
		}
		String message = ex.getOriginalMessage();
		if (message != null && message.startsWith("Duplicate ")) {
			return "an object has a name twice";
		}
		return (ex instanceof DatabindException) ? "it must be one JSON object with nothing after it"
				: "this is no JSON";
	}

	static String of(RuntimeException ex) {
		return bounded(String.valueOf(ex.getMessage()));
	}

	static String bounded(String text) {
		StringBuilder out = new StringBuilder();
		for (int i = 0; i < text.length(); i++) {
			if (out.length() >= MAX_CHARS) {
				return out.append("...").toString();
			}
			char c = text.charAt(i);
			if (c >= ' ' && c < 0x7f) {
				out.append(c);
			}
			else {
				JsonStrings.appendEscape(c, out);
			}
		}
		return out.toString();
	}

}
