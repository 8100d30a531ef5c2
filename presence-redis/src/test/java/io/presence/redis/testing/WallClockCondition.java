package io.presence.redis.testing;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Disables a {@link WallClockTest} on a machine where no clock can be set.
 */
final class WallClockCondition implements ExecutionCondition {

	static final String HELP = "The clock of a process cannot be set: install the packages 'libfaketime' and 'redis-tools'";

	@Override
	public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
		if (WallClock.isAvailable() && RedisBinary.linkedDynamically().isPresent()) {
			return ConditionEvaluationResult.enabled("Clocks can be set");
		}
		if (Boolean.parseBoolean(System.getenv("PRESENCE_REQUIRE_FAKETIME"))) {
			throw new IllegalStateException(HELP + " (PRESENCE_REQUIRE_FAKETIME is true)");
		}
		return ConditionEvaluationResult.disabled(HELP);
	}

}
