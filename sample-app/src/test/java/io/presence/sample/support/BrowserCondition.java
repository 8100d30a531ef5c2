package io.presence.sample.support;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Skips tests on a machine without Chromium, unless {@code PRESENCE_REQUIRE_BROWSER=true}
 * makes that a failure.
 */
final class BrowserCondition implements ExecutionCondition {

	@Override
	public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
		if (executable().isPresent()) {
			return ConditionEvaluationResult.enabled("Chromium is here");
		}
		String message = "No Chromium on this machine: install the package 'chromium', or name it in CHROMIUM_PATH";
		if (Boolean.parseBoolean(System.getenv("PRESENCE_REQUIRE_BROWSER"))) {
			throw new IllegalStateException(message + " (PRESENCE_REQUIRE_BROWSER is true)");
		}
		return ConditionEvaluationResult.disabled(message);
	}

	static Optional<Path> executable() {
		return Stream
			.of(System.getenv("CHROMIUM_PATH"), "/usr/bin/chromium", "/usr/bin/chromium-browser",
					"/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
			.filter(Objects::nonNull)
			.map(Path::of)
			.filter(Files::isExecutable)
			.findFirst();
	}

}
