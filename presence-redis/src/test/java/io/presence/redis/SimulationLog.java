package io.presence.redis;

import java.util.ArrayList;
import java.util.List;

/**
 * What happened in a simulated run, and what of it must not have happened.
 */
final class SimulationLog {

	private final SimulatedTime time;

	private final boolean verbose;

	private final List<String> lines = new ArrayList<>();

	private final List<String> failures = new ArrayList<>();

	/**
	 * Creates an empty log.
	 * @param time the time of the run
	 * @param verbose whether more than failures is kept
	 */
	SimulationLog(SimulatedTime time, boolean verbose) {
		this.time = time;
		this.verbose = verbose;
	}

	void say(String message, Object... arguments) {
		if (this.verbose) {
			this.lines.add("%6d %s".formatted(this.time.millis(), message.formatted(arguments)));
		}
	}

	void fail(String message, Object... arguments) {
		String text = "%d: %s".formatted(this.time.millis(), message.formatted(arguments));
		this.failures.add(text);
		say("FAILURE %s", text);
	}

	List<String> lines() {
		return this.lines;
	}

	List<String> failures() {
		return this.failures;
	}

}
