package io.presence.engine;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import org.junit.jupiter.api.Test;

import io.presence.LeaveReason;
import io.presence.json.JsonText;
import io.presence.protocol.StateUpdate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The diffs that a client which comes back has missed.
 */
class DiffHistoryTests {

	private final DiffHistory history = new DiffHistory();

	@Test
	void whatWasMissedIsOneDiffWithoutWhatLiesBetween() {
		this.history.add(joined("1", "{}"), 1, 0, 10);
		this.history.add(left("1"), 2, 0, 10);
		this.history.add(joined("2", "{}"), 3, 0, 10);
		Diff diff = this.history.since(1);
		assertThat(diff.joins()).containsOnlyKeys("2");
		assertThat(diff.leaves()).isEmpty();
		assertThat(this.history.since(2).leaves()).containsOnlyKeys("1");
		assertThat(this.history.since(4)).isNull();
	}

	@Test
	void whoLeftAndCameBackIsAnUpdate() {
		this.history.add(left("1"), 1, 0, 10);
		this.history.add(joined("1", "{\"a\":1}"), 2, 0, 10);
		Diff diff = this.history.since(1);
		assertThat(diff.joins()).containsOnlyKeys("1");
		assertThat(diff.updated()).containsExactly("1");
		assertThat(diff.leaves()).isEmpty();
	}

	@Test
	void itForgetsWhatIsOldManyOrLargerThanASnapshot() {
		this.history.add(joined("1", "{}"), 1, 0, 10);
		this.history.add(joined("2", "{}"), 2, 61_000_000_000L, 10);
		assertThat(this.history.since(1)).isNull();
		assertThat(this.history.since(2)).isNotNull();
		for (int version = 3; version < 140; version++) {
			this.history.add(joined("k" + version, "{}"), version, 61_000_000_000L, 1_000);
		}
		assertThat(this.history.since(2)).isNull();
		assertThat(this.history.since(12)).isNotNull();
		Diff large = new Diff();
		for (int i = 0; i < 70; i++) {
			large.joins().put("l" + i, JsonText.EMPTY_OBJECT);
		}
		this.history.add(large, 140, 61_000_000_000L, 10);
		assertThat(this.history.since(140)).isNull();
	}

	@Test
	void oneDiffMovesAsFarAsTheDiffsThatItStandsFor() {
		for (long seed = 0; seed < 2_000; seed++) {
			Random random = new Random(seed);
			DiffHistory history = new DiffHistory();
			Map<String, JsonText> members = new HashMap<>();
			Map<String, StateUpdate> states = new HashMap<>();
			Map<Integer, Map<String, JsonText>> membersAt = new TreeMap<>();
			Map<Integer, Map<String, StateUpdate>> statesAt = new TreeMap<>();
			int versions = 2 + random.nextInt(10);
			for (int version = 1; version < versions; version++) {
				membersAt.put(version, new HashMap<>(members));
				statesAt.put(version, new HashMap<>(states));
				Diff diff = random(random, members, states);
				apply(diff, members, states);
				history.add(diff, version, 0, 1_000);
			}
			for (int version = 1; version < versions; version++) {
				Map<String, JsonText> known = membersAt.get(version);
				Map<String, StateUpdate> knownStates = statesAt.get(version);
				Diff diff = history.since(version);
				diff.joins()
					.forEach((key, data) -> assertThat(known.containsKey(key)).isEqualTo(diff.updated().contains(key)));
				assertThat(known.keySet().containsAll(diff.leaves().keySet())).isTrue();
				assertThat(diff.joins().keySet().stream().anyMatch(diff.leaves()::containsKey)).isFalse();
				apply(diff, known, knownStates);
				assertThat(known).as("seed " + seed + " from " + version).isEqualTo(members);
				assertThat(knownStates).as("seed " + seed + " from " + version).isEqualTo(states);
			}
		}
	}

	private static Diff random(Random random, Map<String, JsonText> members, Map<String, StateUpdate> states) {
		Diff diff = new Diff();
		for (int i = 0; i < 5; i++) {
			String key = "k" + i;
			boolean there = members.containsKey(key);
			int choice = random.nextInt(4);
			if (choice == 0 && there) {
				diff.leaves().put(key, new Diff.Departure(members.get(key), LeaveReason.LEAVE));
				states.forEach((id, state) -> {
					if (state.key().equals(key)) {
						diff.states().put(id, new StateUpdate(key, null, state.n()));
					}
				});
			}
			else if (choice == 1) {
				diff.joins().put(key, JsonText.ofCanonical("{\"a\":" + random.nextInt() + "}"));
				if (there) {
					diff.updated().add(key);
				}
			}
			if (!diff.leaves().containsKey(key) && (there || diff.joins().containsKey(key)) && random.nextBoolean()) {
				diff.states().put("c" + i, new StateUpdate(key, JsonText.ofCanonical("1"), random.nextInt(1_000)));
			}
		}
		return diff;
	}

	private static void apply(Diff diff, Map<String, JsonText> members, Map<String, StateUpdate> states) {
		members.putAll(diff.joins());
		members.keySet().removeAll(diff.leaves().keySet());
		states.values().removeIf((state) -> diff.leaves().containsKey(state.key()));
		diff.states().forEach((id, state) -> {
			if (state.state() == null) {
				states.remove(id);
			}
			else {
				states.put(id, state);
			}
		});
	}

	private static Diff joined(String key, String data) {
		Diff diff = new Diff();
		diff.joins().put(key, JsonText.ofCanonical(data));
		return diff;
	}

	private static Diff left(String key) {
		Diff diff = new Diff();
		diff.leaves().put(key, new Diff.Departure(JsonText.EMPTY_OBJECT, LeaveReason.LEAVE));
		return diff;
	}

}
