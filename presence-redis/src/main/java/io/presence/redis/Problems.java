package io.presence.redis;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs each kind of problem once, with what to do, and counts it. A kind that is
 * {@linkplain #over over} is logged again when it comes back.
 */
final class Problems {

	private static final Logger logger = LoggerFactory.getLogger(Problems.class);

	private final Map<Problem, AtomicLong> counts = new EnumMap<>(Problem.class);

	private final Map<Problem, AtomicLong> unsaid = new EnumMap<>(Problem.class);

	private volatile @Nullable String last;

	Problems() {
		for (Problem problem : Problem.values()) {
			this.counts.put(problem, new AtomicLong());
			this.unsaid.put(problem, new AtomicLong());
		}
	}

	void report(Problem problem, String detail) {
		report(problem, detail, 1);
	}

	void report(Problem problem, String detail, long times) {
		counter(this.counts, problem).addAndGet(times);
		String text = problem.text() + ": " + printable(detail) + ". " + problem.remedy();
		this.last = text;
		if (counter(this.unsaid, problem).getAndAdd(times) == 0) {
			logger.warn("{}", text);
		}
	}

	/**
	 * Reports an error that Redis answered.
	 * @param error the error
	 */
	void reportError(String error) {
		report(Problem.ofError(error), error);
	}

	/**
	 * Tells that errors of Redis are over for now.
	 */
	void over() {
		for (Problem problem : Problem.values()) {
			if (problem.isPassing() && counter(this.unsaid, problem).get() != 0
					&& counter(this.unsaid, problem).getAndSet(0) != 0) {
				logger.info("{}: over", problem.text());
			}
		}
	}

	long count(Problem problem) {
		return counter(this.counts, problem).get();
	}

	@Nullable String last() {
		return this.last;
	}

	Map<String, Object> counted() {
		Map<String, Object> counted = new LinkedHashMap<>();
		this.counts.forEach((problem, count) -> {
			if (count.get() > 0) {
				counted.put(problem.code(), count.get());
			}
		});
		return counted;
	}

	private static AtomicLong counter(Map<Problem, AtomicLong> counters, Problem problem) {
		AtomicLong counter = counters.get(problem);
		if (counter == null) {
			throw new IllegalStateException("No counter of " + problem);
		}
		return counter;
	}

	private static String printable(String detail) {
		String shortened = (detail.length() <= 200) ? detail : detail.substring(0, 200) + "...";
		StringBuilder text = new StringBuilder();
		shortened.chars().forEach((c) -> text.append((c < ' ' || c > '~') ? '?' : (char) c));
		return text.toString();
	}

}
