package io.presence.protocol;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

import io.presence.json.Quoted;

/**
 * The fields of one frame, or of one element of a batch, with the checks of their types.
 * A refusal carries the topic and the reference number of the frame as far as they can be
 * read.
 */
final class Fields {

	static final long MAX_INTEGER = (1L << 53) - 1;

	private static final long MAX_EXPIRE_AFTER = Duration.ofDays(1).toMillis();

	private final JsonNode object;

	private final String where;

	private final @Nullable Long batchRef;

	private Fields(JsonNode object, String where, @Nullable Long batchRef) {
		this.object = object;
		this.where = where;
		this.batchRef = batchRef;
	}

	static Fields of(@Nullable JsonNode frame) throws FrameException {
		if (frame == null || !frame.isObject()) {
			throw FrameException.error(ErrorCode.BAD_FRAME,
					"The frame is " + kind(frame) + " but must be one JSON object", null, null);
		}
		return new Fields(frame, "", null);
	}

	/**
	 * Returns the fields of an element of a batch.
	 * @throws FrameException if no topic can be read from it, so that it could not be
	 * answered
	 */
	Fields element(JsonNode element, String where) throws FrameException {
		if (element.isString()) {
			JsonNode object = JsonNodeFactory.instance.objectNode().set("topic", element);
			return new Fields(object, where + ".", ref());
		}
		if (!element.isObject()) {
			throw bad("\"" + where + "\" is " + kind(element) + " but must be a topic or an object with a \"topic\"");
		}
		JsonNode topic = element.get("topic");
		if (topic == null || !topic.isString()) {
			throw bad("\"" + where + ".topic\" is " + kind(topic) + " but must be a string");
		}
		return new Fields(element, where + ".", ref());
	}

	JsonNode required(String name) throws FrameException {
		JsonNode value = this.object.get(name);
		if (value == null) {
			throw bad(name(name) + " is missing");
		}
		return value;
	}

	String requiredString(String name) throws FrameException {
		JsonNode value = required(name);
		if (!value.isString()) {
			throw wrong(name, value, "a string");
		}
		return value.stringValue();
	}

	JsonNode requiredArray(String name, int maxSize) throws FrameException {
		JsonNode value = required(name);
		if (!value.isArray()) {
			throw wrong(name, value, "an array");
		}
		if (value.size() > maxSize) {
			throw bad(name(name) + " has " + value.size() + " elements but at most " + maxSize
					+ " are allowed: send several batches");
		}
		return value;
	}

	@Nullable JsonNode optional(String name) {
		JsonNode value = this.object.get(name);
		return (value == null || value.isNull()) ? null : value;
	}

	boolean flag(String name, boolean otherwise) throws FrameException {
		JsonNode value = optional(name);
		if (value == null) {
			return otherwise;
		}
		if (!value.isBoolean()) {
			throw wrong(name, value, "true or false");
		}
		return value.booleanValue();
	}

	boolean light() throws FrameException {
		JsonNode value = optional("heartbeat");
		if (value == null) {
			return false;
		}
		if (!value.isString() || !value.stringValue().equals("light")) {
			throw wrong("heartbeat", value, "\"light\" or left out");
		}
		return true;
	}

	/**
	 * Returns where the client is, {@code null} unless both parts were sent.
	 */
	@Nullable Position position() throws FrameException {
		JsonNode epoch = optional("epoch");
		if (epoch != null && !epoch.isString()) {
			throw wrong("epoch", epoch, "a string");
		}
		Long version = integer("v", 0, MAX_INTEGER);
		return (epoch == null || version == null) ? null : new Position(epoch.stringValue(), version);
	}

	@Nullable Duration expireAfter() throws FrameException {
		Long millis = integer("expireAfter", 1, MAX_EXPIRE_AFTER);
		return (millis != null) ? Duration.ofMillis(millis) : null;
	}

	@Nullable Long ref() throws FrameException {
		Long ref = integer("ref", -MAX_INTEGER, MAX_INTEGER);
		return (ref != null) ? ref : this.batchRef;
	}

	FrameException unknownType(String type) {
		return error(ErrorCode.UNKNOWN_TYPE, "There is no frame of type " + Quoted.of(type)
				+ ": send subscribe, subscribe-batch, unsubscribe, presence-snapshot, presence-state or ping");
	}

	FrameException bad(String message) {
		return error(ErrorCode.BAD_FRAME, message);
	}

	FrameException error(ErrorCode code, String message) {
		JsonNode topic = this.object.get("topic");
		Long ref = longOf(this.object.get("ref"), -MAX_INTEGER, MAX_INTEGER);
		return FrameException.error(code, message, (topic != null && topic.isString()) ? topic.stringValue() : null,
				(ref != null) ? ref : this.batchRef);
	}

	private @Nullable Long integer(String name, long min, long max) throws FrameException {
		JsonNode value = optional(name);
		if (value == null) {
			return null;
		}
		Long integer = longOf(value, min, max);
		if (integer == null) {
			throw wrong(name, value, "an integer from " + min + " to " + max);
		}
		return integer;
	}

	private static @Nullable Long longOf(@Nullable JsonNode value, long min, long max) {
		if (value == null || !value.isNumber()) {
			return null;
		}
		try {
			// Checks the number of digits first, so that no exponent costs anything.
			long integer = value.decimalValue().longValueExact();
			return (integer >= min && integer <= max) ? integer : null;
		}
		catch (ArithmeticException ex) {
			return null;
		}
	}

	private FrameException wrong(String name, JsonNode value, String expected) {
		return bad(name(name) + " is " + kind(value) + " but must be " + expected);
	}

	private String name(String name) {
		return "\"" + this.where + name + "\"";
	}

	private static String kind(@Nullable JsonNode value) {
		if (value == null || value.isMissingNode()) {
			return "missing";
		}
		return switch (value.getNodeType()) {
			case OBJECT -> "an object";
			case ARRAY -> "an array";
			case STRING -> Quoted.of(value.stringValue());
			case NUMBER -> "the number " + Messages.bounded(value.asString());
			case NULL -> "null";
			default -> value.asString();
		};
	}

}
