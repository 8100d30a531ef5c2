package io.presence.redis;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs the engine and the store as they are shipped, several instances on a modelled
 * Redis, with faults decided by a seed. {@code -Dpresence.simulation.runs=N} sets how
 * many runs of each profile, {@code -Dpresence.simulation.profile=NAME} runs one profile,
 * {@code -Dpresence.simulation.seed=N} runs one seed and prints what happened.
 */
class SimulationTests {

	private static final int RUNS = Integer.getInteger("presence.simulation.runs", 150);

	private static final String PROFILE = System.getProperty("presence.simulation.profile", "");

	private static final Long SEED = Long.getLong("presence.simulation.seed");

	private final LongAdder heard = new LongAdder();

	static Stream<SimulationProfile> profiles() {
		return PROFILE.isEmpty() ? Arrays.stream(SimulationProfile.values())
				: Stream.of(SimulationProfile.valueOf(PROFILE));
	}

	@ParameterizedTest
	@MethodSource("profiles")
	void everyInstanceShowsWhoIsThere(SimulationProfile profile) {
		long first = (SEED != null) ? SEED : 0;
		List<Failed> failed = LongStream.range(first, first + ((SEED != null) ? 1 : RUNS))
			.parallel()
			.mapToObj((seed) -> new Failed(seed, run(seed, profile)))
			.filter((run) -> !run.failures().isEmpty())
			.toList();
		assertThat(failed.stream().limit(3).toList())
			.as("profile %s: %d runs failed; run again with -Dpresence.simulation.profile=%s"
					+ " -Dpresence.simulation.seed=%s", profile, failed.size(), profile,
					failed.stream().map((run) -> Long.toString(run.seed())).limit(20).toList())
			.isEmpty();
		assertThat(this.heard.sum()).as("events that instances heard").isPositive();
	}

	private List<String> run(long seed, SimulationProfile profile) {
		Simulation simulation = new Simulation(seed, profile, SEED != null);
		List<String> failures = simulation.run();
		simulation.log().forEach(System.out::println);
		this.heard.add(simulation.heard());
		return failures;
	}

	/**
	 * A run that failed.
	 *
	 * @param seed its seed
	 * @param failures what must not have happened
	 */
	private record Failed(long seed, List<String> failures) {

	}

}
