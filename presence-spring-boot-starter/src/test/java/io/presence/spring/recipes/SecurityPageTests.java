package io.presence.spring.recipes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.security.authentication.TestingAuthenticationToken;

import io.presence.PresenceAction;
import io.presence.PresenceAuthorizer;
import io.presence.PresenceRequest;
import io.presence.spring.autoconfigure.PresenceSecurityAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The page about security shows what the recipes run, and its rules decide as it says.
 */
class SecurityPageTests {

	private static final Path PAGE = Path.of("..", "docs", "security.md");

	private static final Principal ANN = new TestingAuthenticationToken("ann", "", "ROLE_USER");

	private static final Principal SAM = new TestingAuthenticationToken("sam", "", "ROLE_STAFF");

	@Test
	void whatItShowsInJavaIsRunByARecipe() throws IOException {
		StringBuilder recipes = new StringBuilder();
		try (Stream<Path> files = Files.walk(Path.of("src", "test", "java", "io", "presence", "spring", "recipes"))) {
			for (Path file : files.filter(Files::isRegularFile).toList()) {
				recipes.append(squeezed(Files.readString(file))).append('\n');
			}
		}
		assertThat(blocks("java")).hasSizeGreaterThan(5)
			.allSatisfy((block) -> assertThat(block.split("\n\n"))
				.allSatisfy((part) -> assertThat(recipes).contains(squeezed(part))));
	}

	@Test
	void itsRulesDecideAsItSays() throws IOException {
		String yaml = blocks("yaml").stream().filter((block) -> block.contains("access:")).findFirst().orElseThrow();
		PropertySource<?> rules = new YamlPropertySourceLoader()
			.load("page", new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)))
			.get(0);
		new ApplicationContextRunner()
			.withInitializer((context) -> context.getEnvironment().getPropertySources().addFirst(rules))
			.withConfiguration(AutoConfigurations.of(PresenceSecurityAutoConfiguration.class))
			.run((context) -> {
				PresenceAuthorizer authorizer = context.getBean(PresenceAuthorizer.class);
				assertThat(may(authorizer, PresenceAction.JOIN, "room:1:staff", ANN)).isFalse();
				assertThat(may(authorizer, PresenceAction.JOIN, "room:1:staff", SAM)).isTrue();
				assertThat(may(authorizer, PresenceAction.STATE, "room:1:cursors", ANN)).isTrue();
				assertThat(may(authorizer, PresenceAction.OBSERVE, "room:1", null)).isFalse();
				assertThat(may(authorizer, PresenceAction.OBSERVE, "status", null)).isTrue();
				assertThat(may(authorizer, PresenceAction.JOIN, "status", SAM)).isFalse();
				assertThat(may(authorizer, PresenceAction.OBSERVE, "elsewhere", SAM)).isFalse();
			});
	}

	private static boolean may(PresenceAuthorizer authorizer, PresenceAction action, String topic,
			@Nullable Principal principal) {
		return authorizer.isAllowed(new PresenceRequest(action, topic, principal, null, null));
	}

	private static List<String> blocks(String language) throws IOException {
		List<String> blocks = new ArrayList<>();
		Matcher matcher = Pattern.compile("```" + language + "\n(.*?)\n```", Pattern.DOTALL)
			.matcher(Files.readString(PAGE));
		while (matcher.find()) {
			blocks.add(matcher.group(1));
		}
		return blocks;
	}

	private static String squeezed(String code) {
		return code.replaceAll("\\s+", "");
	}

}
