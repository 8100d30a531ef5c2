package io.presence.json;

import java.security.Principal;
import java.util.function.Predicate;

import io.presence.PresenceDataException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.json.JsonMapper;

/**
 * Turns values into canonical JSON: the names of objects in the order of their UTF-16
 * units, no white space, one form for each string and number. Equal values have equal
 * texts, whatever their Java types and the order of their fields.
 * <p>
 * Values stream through a generator that counts, so that endless, cyclic and enormous
 * ones end with an error as soon as they pass a limit. Names that are to be dropped are
 * not even read from maps and beans. Numbers look as JavaScript writes them; those with
 * more digits than a double has are kept exactly here, and rounded by JavaScript when it
 * reads them. NaN, infinities and magnitudes that a double cannot hold are errors. Lone
 * surrogates are kept, escaped.
 * <p>
 * Safe for use by many threads.
 */
public final class CanonicalJson {

	private final JsonLimits limits;

	private final JsonMapper mapper;

	private final Predicate<String> dropped;

	private final JsonNumbers numbers;

	/**
	 * Creates a converter that drops nothing.
	 * @param limits the bounds of one value
	 */
	public CanonicalJson(JsonLimits limits) {
		this(limits, (name) -> false);
	}

	/**
	 * Creates a converter.
	 * @param limits the bounds of one value
	 * @param dropped tells which names are left out with all that is in them, at every
	 * depth; asked often, by many threads
	 */
	public CanonicalJson(JsonLimits limits, Predicate<String> dropped) {
		this(limits, dropped, false);
	}

	private CanonicalJson(JsonLimits limits, Predicate<String> dropped, boolean principalsByName) {
		this.limits = limits;
		this.dropped = dropped;
		this.numbers = new JsonNumbers(limits.maxNumberLength());
		JsonMapper.Builder builder = DroppedNames.install(Json.builder(limits), dropped);
		if (principalsByName) {
			builder.addModule(PrincipalSerializer.module());
		}
		this.mapper = builder.build();
	}

	/**
	 * Creates a converter that shows a {@link Principal}, at any depth, as {@code {id:
	 * name, name: name}} and nothing else of it.
	 * @param limits the bounds of one value
	 * @param dropped tells which names are left out
	 * @return the converter
	 */
	public static CanonicalJson withPrincipalsByName(JsonLimits limits, Predicate<String> dropped) {
		return new CanonicalJson(limits, dropped, true);
	}

	/**
	 * Converts a map, record, bean, collection, array, {@code JsonNode} or simple value.
	 * @param value the value
	 * @param maxBytes the largest text allowed, in bytes of UTF-8
	 * @return the value's text
	 * @throws JsonTooLargeException if the text is larger
	 * @throws PresenceDataException if the value is no JSON or passes a limit
	 */
	public JsonText of(@Nullable Object value, int maxBytes) {
		TreeGenerator generator = generator(maxBytes);
		try {
			this.mapper.writeValue(generator, value);
			return generator.toText();
		}
		catch (RuntimeException | LinkageError ex) {
			throw refused(ex, "A value of type " + typeName(value));
		}
		catch (StackOverflowError ex) {
			// Serializers can recurse without writing anything, as a @JsonValue that
			// returns its own kind does.
			throw new PresenceDataException(
					"A value of type " + typeName(value) + " cannot be JSON: it refers to itself without end", ex);
		}
	}

	/**
	 * Converts the value that a parser stands at, and leaves the parser at its last
	 * token.
	 * @param parser stands at the first token of a value
	 * @param maxBytes the largest text allowed, in bytes of UTF-8
	 * @return the value's text
	 * @throws JsonTooLargeException if the text is larger
	 * @throws PresenceDataException if the parser meets no JSON or the value passes a
	 * limit
	 */
	public JsonText read(JsonParser parser, int maxBytes) {
		TreeGenerator generator = generator(maxBytes);
		try {
			generator.copyCurrentStructureExact(parser);
			return generator.toText();
		}
		catch (JacksonException ex) {
			throw refused(ex, "The text");
		}
	}

	/**
	 * Parses a text that holds one JSON value, strictly.
	 * @param json the text
	 * @param maxBytes the largest canonical text allowed, in bytes of UTF-8
	 * @return the value's canonical text
	 * @throws JsonTooLargeException if the canonical text is larger
	 * @throws PresenceDataException if the text is no JSON, names a member twice or
	 * passes a limit
	 */
	public JsonText parse(String json, int maxBytes) {
		try (JsonParser parser = this.mapper.createParser(json)) {
			if (parser.nextToken() == null) {
				throw new PresenceDataException("The text is empty but must be one JSON value");
			}
			JsonText text = read(parser, maxBytes);
			if (parser.nextToken() != null) {
				throw new PresenceDataException("The text goes on after its JSON value");
			}
			return text;
		}
		catch (JacksonException ex) {
			throw refused(ex, "The text");
		}
	}

	private TreeGenerator generator(int maxBytes) {
		return new TreeGenerator(this.mapper, this.limits, maxBytes, this.dropped, this.numbers);
	}

	private static PresenceDataException refused(Throwable thrown, String what) {
		for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
			if (cause instanceof PresenceDataException ours) {
				return ours;
			}
		}
		String message = (thrown instanceof JacksonException ex) ? ex.getOriginalMessage() : thrown.toString();
		return new PresenceDataException(what + " cannot be JSON: " + Quoted.of(String.valueOf(message)), thrown);
	}

	private static String typeName(@Nullable Object value) {
		return (value != null) ? value.getClass().getName() : "null";
	}

}
