package io.presence.json;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A JSON value as its canonical text. Two are equal exactly if their values are.
 */
public final class JsonText {

	private static final JsonMapper mapper = new JsonMapper();

	private final String text;

	private JsonText(String text) {
		this.text = text;
	}

	/**
	 * Takes a text that is known to be canonical.
	 * @param text the text
	 * @return the value
	 */
	public static JsonText ofCanonical(String text) {
		return new JsonText(text);
	}

	/**
	 * Returns the text.
	 * @return canonical JSON
	 */
	public String text() {
		return this.text;
	}

	/**
	 * Returns the value of a JSON object.
	 * @return an unmodifiable map of plain JSON values
	 */
	@SuppressWarnings("unchecked")
	public Map<String, Object> toMap() {
		return (Map<String, Object>) mapper.readValue(this.text, Map.class);
	}

	/**
	 * Returns the value.
	 * @return a plain JSON value
	 */
	public @Nullable Object toValue() {
		return mapper.readValue(this.text, Object.class);
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return this == other || (other instanceof JsonText that && this.text.equals(that.text));
	}

	@Override
	public int hashCode() {
		return this.text.hashCode();
	}

	@Override
	public String toString() {
		return this.text;
	}

}
