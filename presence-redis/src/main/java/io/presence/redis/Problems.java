package io.presence.redis;

import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.presence.concurrent.Scheduler;

/**
 * Logs each kind of problem once, with what to do, and counts it. A kind that was
 * {@linkplain #over over} is logged again when it comes back.
 */
final class Problems {

	private static final Logger logger = LoggerFactory.getLogger(Problems.class);

	private final Map<Problem, Tally> tallies = new EnumMap<>(Problem.class);

	private final Scheduler scheduler;

	private final long quiet;

	private volatile boolean passing;

	private @Nullable Problem last;

	/**
	 * Creates a log of problems.
	 * @param scheduler tells the time
	 * @param quiet how long Redis must have worked without a problem for that to be over;
	 * what comes and goes faster is one problem
	 */
	Problems(Scheduler scheduler, Duration quiet) {
		this.scheduler = scheduler;
		this.quiet = quiet.toNanos();
	}

	void report(Problem problem, String detail) {
		report(problem, detail, 1);
	}

	synchronized void report(Problem problem, String detail, long times) {
		Tally tally = this.tallies.computeIfAbsent(problem, (absent) -> new Tally());
		tally.count += times;
		tally.at = this.scheduler.nanoTime();
		tally.text = problem.explain(detail);
		this.last = problem;
		if (!tally.said) {
			tally.said = true;
			this.passing |= problem.isPassing();
			logger.warn("{}", tally.text);
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
	 * Learns that Redis does its work, so that problems which were not reported for long
	 * enough are over.
	 */
	void over() {
		if (this.passing) {
			endThoseBefore(this.scheduler.nanoTime() - this.quiet);
		}
	}

	private synchronized void endThoseBefore(long time) {
		this.passing = false;
		this.tallies.forEach((problem, tally) -> {
			if (tally.said && problem.isPassing()) {
				if (tally.at - time < 0) {
					tally.said = false;
					this.last = (this.last == problem) ? null : this.last;
					logger.info("{}: over", problem.text());
				}
				else {
					this.passing = true;
				}
			}
		});
	}

	synchronized long count(Problem problem) {
		Tally tally = this.tallies.get(problem);
		return (tally != null) ? tally.count : 0;
	}

	/**
	 * Returns the problem that was reported last, unless that is over.
	 * @return what it was and what to do
	 */
	synchronized @Nullable String last() {
		Tally tally = (this.last != null) ? this.tallies.get(this.last) : null;
		return (tally != null) ? tally.text : null;
	}

	synchronized Map<String, Object> counted() {
		Map<String, Object> counted = new LinkedHashMap<>();
		this.tallies.forEach((problem, tally) -> counted.put(problem.code(), tally.count));
		return counted;
	}

	/**
	 * What is known of one kind of problem.
	 */
	private static final class Tally {

		private long count;

		private long at;

		private boolean said;

		private String text = "";

	}

}
