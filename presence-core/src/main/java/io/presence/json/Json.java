package io.presence.json;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Makes the mappers that this project reads and writes JSON with; the application's own
 * mapper and its settings are never used.
 */
public final class Json {

	private Json() {
	}

	/**
	 * A strict, bounded mapper for texts that come from outside: names that occur twice,
	 * content after the value and everything over the limits are errors.
	 * @param limits the bounds of one document
	 * @return a new mapper, safe for use by many threads
	 */
	public static JsonMapper mapper(JsonLimits limits) {
		return builder(limits).build();
	}

	static JsonMapper.Builder builder(JsonLimits limits) {
		StreamReadConstraints constraints = StreamReadConstraints.builder()
			.maxNestingDepth(limits.maxDepth())
			.maxNumberLength(limits.maxNumberLength())
			.maxStringLength(limits.maxChars())
			.maxNameLength(limits.maxChars())
			// A value costs up to three tokens: its name, its start and its end.
			.maxTokenCount(3L * limits.maxNodes())
			.build();
		return JsonMapper.builder(JsonFactory.builder().streamReadConstraints(constraints).build())
			.enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
			.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
			.enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
			.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
			.enable(SerializationFeature.FAIL_ON_EMPTY_BEANS);
	}

}
