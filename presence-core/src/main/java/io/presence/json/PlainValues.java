package io.presence.json;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Parses canonical texts to unmodifiable values of JDK types.
 */
final class PlainValues {

	private static final JsonFactory FACTORY = new JsonFactory();

	private PlainValues() {
	}

	static @Nullable Object parse(String text) {
		try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
			parser.nextToken();
			Object value = value(parser);
			if (parser.nextToken() != null) {
				throw new IllegalStateException("There is more than one JSON value in " + Quoted.of(text));
			}
			return value;
		}
		catch (JacksonException ex) {
			throw new IllegalStateException(Quoted.of(text) + " is no JSON", ex);
		}
	}

	private static @Nullable Object value(JsonParser parser) {
		JsonToken token = parser.currentToken();
		if (token == null) {
			throw new IllegalStateException("There is no JSON value");
		}
		return switch (token) {
			case START_OBJECT -> object(parser);
			case START_ARRAY -> array(parser);
			case VALUE_STRING -> parser.getString();
			case VALUE_NUMBER_INT -> parser.getNumberValue();
			case VALUE_NUMBER_FLOAT -> decimal(parser.getString());
			case VALUE_TRUE -> true;
			case VALUE_FALSE -> false;
			default -> null;
		};
	}

	private static Map<String, @Nullable Object> object(JsonParser parser) {
		Map<String, @Nullable Object> map = new LinkedHashMap<>();
		for (String name = parser.nextName(); name != null; name = parser.nextName()) {
			parser.nextToken();
			map.put(name, value(parser));
		}
		return Collections.unmodifiableMap(map);
	}

	private static List<@Nullable Object> array(JsonParser parser) {
		List<@Nullable Object> list = new ArrayList<>();
		while (parser.nextToken() != JsonToken.END_ARRAY) {
			list.add(value(parser));
		}
		return Collections.unmodifiableList(list);
	}

	private static Number decimal(String text) {
		BigDecimal exact = new BigDecimal(text);
		double rounded = exact.doubleValue();
		if (Double.isFinite(rounded) && exact.compareTo(JsonNumbers.shortest(rounded)) == 0) {
			return rounded;
		}
		return (exact.scale() <= 0) ? exact.toBigInteger() : exact;
	}

}
