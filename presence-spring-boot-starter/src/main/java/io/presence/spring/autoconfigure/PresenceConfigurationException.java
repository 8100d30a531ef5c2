package io.presence.spring.autoconfigure;

import java.io.Serial;
import java.util.List;

/**
 * Presence cannot start as it is configured.
 */
class PresenceConfigurationException extends RuntimeException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final transient List<Problem> problems;

	PresenceConfigurationException(List<Problem> problems) {
		super(String.join("; ", problems.stream().map(Problem::toString).toList()));
		this.problems = List.copyOf(problems);
	}

	List<Problem> problems() {
		return this.problems;
	}

	/**
	 * One thing that is wrong.
	 *
	 * @param description what, with the name of the property and its value
	 * @param action what to do
	 */
	record Problem(String description, String action) {

		@Override
		public String toString() {
			return this.description + " " + this.action;
		}

	}

}
