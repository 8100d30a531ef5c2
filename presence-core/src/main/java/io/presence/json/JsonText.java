package io.presence.json;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A JSON value as its canonical text. Two values are equal if and only if their texts
 * are. Immutable.
 *
 * @see CanonicalJson
 */
public final class JsonText {

	/**
	 * The object without members, <code>{}</code>.
	 */
	public static final JsonText EMPTY_OBJECT = new JsonText("{}");

	private final String text;

	private int utf8Length = -1;

	JsonText(String text) {
		this.text = text;
	}

	/**
	 * Takes a text that {@link CanonicalJson} made earlier, here or on another instance.
	 * It is not checked.
	 * @param text a canonical text
	 * @return the value
	 */
	public static JsonText ofCanonical(String text) {
		return new JsonText(text);
	}

	/**
	 * Returns the canonical text.
	 * @return JSON without a lone surrogate, so that it survives UTF-8
	 */
	public String text() {
		return this.text;
	}

	/**
	 * Returns the size of the text. Allocates nothing.
	 * @return the number of bytes in UTF-8
	 */
	public int utf8Length() {
		int length = this.utf8Length;
		if (length < 0) {
			length = Utf8.length(this.text);
			this.utf8Length = length;
		}
		return length;
	}

	/**
	 * Tells whether the value is a JSON object.
	 * @return {@code true} for an object
	 */
	public boolean isObject() {
		return this.text.startsWith("{");
	}

	/**
	 * Parses the text. Objects become maps, arrays lists, both unmodifiable; whole
	 * numbers {@link Integer}, {@link Long} or {@link java.math.BigInteger}, the first
	 * that holds them; other numbers {@link Double}, or {@link java.math.BigDecimal}
	 * where a double would lose digits.
	 * @return the value as plain JDK types, parsed anew at each call
	 * @throws IllegalStateException if the text is no JSON
	 */
	public @Nullable Object toValue() {
		return PlainValues.parse(this.text);
	}

	/**
	 * Parses the text of an object, as {@link #toValue()} does.
	 * @return an unmodifiable map, names in canonical order, values may be {@code null}
	 * @throws IllegalStateException if the value is no object
	 */
	@SuppressWarnings("unchecked")
	public Map<String, Object> toMap() {
		if (toValue() instanceof Map<?, ?> map) {
			return (Map<String, Object>) map;
		}
		throw new IllegalStateException("The JSON text " + Quoted.of(this.text) + " is no object");
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return this == other || (other instanceof JsonText that && this.text.equals(that.text));
	}

	@Override
	public int hashCode() {
		return this.text.hashCode();
	}

	/**
	 * Returns the canonical text.
	 */
	@Override
	public String toString() {
		return this.text;
	}

}
