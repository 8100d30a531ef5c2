package io.presence.redis;

import java.util.List;
import java.util.stream.LongStream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.presence.redis.Simulation.Profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Runs the engine and the store as they are shipped, several instances on a modelled
 * Redis, with faults decided by a seed. {@code -Dpresence.simulation.runs=N} sets how
 * many runs of each profile, {@code -Dpresence.simulation.seed=N} runs one seed and
 * prints what happened.
 */
class SimulationTests {

	private static final int RUNS = Integer.getInteger("presence.simulation.runs", 40);

	private static final String PROFILE = System.getProperty("presence.simulation.profile", "");

	private static final Long SEED = Long.getLong("presence.simulation.seed");

	@ParameterizedTest
	@EnumSource(Profile.class)
	void everyInstanceShowsWhoIsThere(Profile profile) {
		assumeTrue(PROFILE.isEmpty() || PROFILE.equals(profile.name()), "Another profile was asked for");
		long first = (SEED != null) ? SEED : 0;
		long seen = LongStream.range(first, first + ((SEED != null) ? 1 : RUNS))
			.map((seed) -> run(seed, profile))
			.sum();
		assertThat(seen).as("events that instances heard").isPositive();
	}

	private static int run(long seed, Profile profile) {
		Simulation simulation = new Simulation(seed, profile, SEED != null);
		List<String> failures = simulation.run();
		simulation.log().forEach(System.out::println);
		assertThat(failures).as("profile %s: run again with -Dpresence.simulation.seed=%d", profile, seed).isEmpty();
		return simulation.seen();
	}

}
