package io.presence.spring.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.convert.ApplicationConversionService;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The generated metadata, and the table of properties in the README beside it.
 */
class MetadataTests {

	private static final Path README = Path.of("..", "README.md");

	private static final Pattern ROW = Pattern.compile("^\\|\\s*`(presence\\.[^`]+)`\\s*\\|([^|]*)\\|([^|]*)\\|\\s*$");

	@Test
	void everyPropertyHasATypeAndADescription() throws IOException {
		Map<String, JsonNode> properties = properties();
		assertThat(properties).hasSizeGreaterThan(30)
			.allSatisfy((name, property) -> assertThat(property.path("description").asString("")).as(name)
				.isNotBlank()
				.endsWith("."));
		assertThat(properties.get("presence.ttl").path("type").asString()).isEqualTo("java.time.Duration");
		assertThat(properties.get("presence.ttl").path("defaultValue").asString()).isEqualTo("90s");
	}

	@Test
	void offersHintsForWhatHasFewValues() throws IOException {
		List<String> hints = new ArrayList<>();
		metadata().path("hints").forEach((hint) -> hints.add(hint.path("name").asString()));
		assertThat(hints).contains("presence.key", "presence.heartbeat", "presence.max-age",
				"presence.websocket.allowed-origins");
		assertThat(properties().keySet()).containsAll(hints);
	}

	@Test
	void readmeTableNamesEveryPropertyWithItsDefault() throws IOException {
		assertThat(README).content().contains("`presence.ttl`");
		Map<String, String> table = new LinkedHashMap<>();
		for (String line : Files.readAllLines(README)) {
			Matcher row = ROW.matcher(line);
			if (row.matches()) {
				assertThat(row.group(3)).as("the meaning of " + row.group(1)).isNotBlank();
				assertThat(table.put(row.group(1).replace("[*]", ""), row.group(2).replace("`", "").strip()))
					.as(row.group(1))
					.isNull();
			}
		}
		Map<String, JsonNode> properties = properties();
		assertThat(table.keySet()).containsExactlyInAnyOrderElementsOf(properties.keySet());
		table.forEach((name, shown) -> {
			JsonNode value = properties.get(name).path("defaultValue");
			if (!value.isMissingNode()) {
				assertThat(normalized(shown, properties.get(name))).as(name)
					.isEqualTo(normalized(text(value), properties.get(name)));
			}
		});
	}

	private static Object normalized(String value, JsonNode property) {
		String text = value.replace(" ", "").replace("_", "").replace("\u00a0", "");
		String type = property.path("type").asString();
		try {
			return (type.startsWith("java.time.") || type.endsWith("DataSize"))
					? ApplicationConversionService.getSharedInstance().convert(text, Class.forName(type)) : text;
		}
		catch (ClassNotFoundException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String text(JsonNode value) {
		if (!value.isArray()) {
			return value.asString();
		}
		List<String> elements = new ArrayList<>();
		value.forEach((element) -> elements.add(element.asString()));
		return elements.stream().collect(Collectors.joining(","));
	}

	private static Map<String, JsonNode> properties() throws IOException {
		Map<String, JsonNode> properties = new LinkedHashMap<>();
		metadata().path("properties").forEach((property) -> properties.put(property.path("name").asString(), property));
		properties.keySet().removeIf((name) -> !name.startsWith("presence."));
		return properties;
	}

	private static JsonNode metadata() throws IOException {
		try (InputStream in = MetadataTests.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
			return new JsonMapper().readTree(in);
		}
	}

}
