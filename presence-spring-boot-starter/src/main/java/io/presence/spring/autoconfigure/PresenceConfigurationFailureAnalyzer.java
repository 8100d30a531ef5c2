package io.presence.spring.autoconfigure;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

import io.presence.spring.autoconfigure.PresenceConfigurationException.Problem;

/**
 * Tells what is wrong with the configuration of presence, and what to do.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
class PresenceConfigurationFailureAnalyzer extends AbstractFailureAnalyzer<PresenceConfigurationException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, PresenceConfigurationException cause) {
		List<Problem> problems = cause.problems();
		return new FailureAnalysis(lines(problems, Problem::description), lines(problems, Problem::action), cause);
	}

	private static String lines(List<Problem> problems, Function<Problem, String> part) {
		return problems.stream().map(part).collect(Collectors.joining(System.lineSeparator()));
	}

}
