package io.presence.redis;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import io.presence.redis.RandomOperation.Damage;
import io.presence.redis.RandomOperation.Run;
import io.presence.redis.RandomOperation.Step;

/**
 * Calls of the scripts and damage by others, at random: few names, so that they meet, and
 * hostile ones. The same seed gives the same operations.
 */
final class RandomOperations {

	static final String BUCKET = "presence:{18}";

	static final String INSTANCES = BUCKET + ":instances";

	private static final long LEASE = 10_000;

	private static final long TTL = 30_000;

	private static final List<String> INSTANCES_AT_FIRST = List.of("AAAAAAAAAAA", "b_-2", "C", "D");

	private static final List<String> TOPICS = List.of("room", "a b", "{x}", "\u00c3\u00a9", "reason", "h", ":t:");

	private static final List<String> KEYS = List.of("k1", "k2", "", "~3", ":;=,1:2:", "\u00f0\u009f\u0098\u0080",
			"k".repeat(256));

	private static final List<String> CONNECTIONS = List.of("c1", "c:2", "");

	private static final List<String> DATA = List.of("{}", "{\"id\":1}", "", "A:1:1:x", "\0\u00ff\r\n",
			"{\"name\":\"" + "n".repeat(100) + "\"}");

	private static final List<String> REASONS = List.of("leave", "disconnect", "timeout", "kicked");

	private static final List<String> GARBAGE = List.of("", "x", "-1", "1 ", "1 x", "5 0", "7 9", "99999999999999999 1",
			"AAA:1:9:x", "AAA:x:1:x", "C:1:=:", "C:5:1:a", "C:5:1:aD:4:=:", "9007199254740993", "5000000000000",
			"9000000000000000", "007");

	private final Random random;

	/** The last registration of each instance, and those that it had before. */
	private final List<Deque<String>> registrations = new ArrayList<>();

	private final List<String> news = new ArrayList<>(INSTANCES_AT_FIRST);

	private final Map<String, Integer> batches = new HashMap<>();

	RandomOperations(long seed) {
		this.random = new Random(seed);
		for (String registration : INSTANCES_AT_FIRST) {
			this.registrations.add(new ArrayDeque<>(List.of(registration)));
		}
	}

	/**
	 * Hears that a registration is unknown: mostly its instance takes a new one, as a
	 * real one would.
	 */
	void unknown(String registration) {
		for (Deque<String> mine : this.registrations) {
			if (mine.getFirst().equals(registration) && this.random.nextInt(4) > 0) {
				mine.addFirst(INSTANCES_AT_FIRST.get(this.registrations.indexOf(mine)) + mine.size());
				this.news.add(mine.getFirst());
			}
		}
	}

	private String registration() {
		return pick(this.registrations.stream().map(Deque::getFirst).toList());
	}

	private String anyRegistration() {
		List<String> all = new ArrayList<>(this.registrations.get(this.random.nextInt(this.registrations.size())));
		return pick(all.subList(0, Math.min(all.size(), 3)));
	}

	RandomOperation next() {
		if (!this.news.isEmpty()) {
			return lease(this.news.remove(0), "1");
		}
		int choice = this.random.nextInt(100);
		if (choice < 50) {
			return commit();
		}
		if (choice < 66) {
			return lease(registration(), pick("0", "0", "0", "0", "1"));
		}
		if (choice < 74) {
			return reap();
		}
		if (choice < 76) {
			String registration = anyRegistration();
			return new Run(Script.END, List.of(BUCKET, INSTANCES, index(registration)),
					List.of(registration, pick("0", "4000"), pick(REASONS), "" + TTL));
		}
		if (choice < 80) {
			return new Run(Script.READ, List.of(BUCKET, topic(pick(TOPICS))), List.of("0", pick("1000", "1000", "0")));
		}
		if (choice < 82) {
			return new Run(Script.TOPICS, List.of(index(anyRegistration())), List.of("0", "1000"));
		}
		if (choice < 92) {
			return new Step(step());
		}
		return damage();
	}

	private Run commit() {
		String registration = registration();
		int batch = this.batches.merge(registration, 1, Integer::sum);
		List<String> topics = pickSome(TOPICS);
		List<String> keys = new ArrayList<>(List.of(BUCKET, INSTANCES, index(registration)));
		topics.forEach((topic) -> keys.add(topic(topic)));
		List<String> arguments = new ArrayList<>(List.of(registration, "" + Math.max(batch - late(), 0), "" + TTL,
				pick("0", "2", "4"), pick("0", "1"), pick("0", "4000", "4000", "25000")));
		for (int marks = 1 + this.random.nextInt(6); marks > 0; marks--) {
			arguments.add("" + (1 + this.random.nextInt(topics.size())));
			arguments.addAll(mark());
		}
		return new Run(Script.COMMIT, keys, arguments);
	}

	private int late() {
		return (this.random.nextInt(12) == 0) ? 1 + this.random.nextInt(3) : 0;
	}

	private List<String> mark() {
		String key = pick(KEYS);
		return switch (this.random.nextInt(12)) {
			case 0, 1, 2, 3 -> List.of("h", key, stamp(), pick(DATA));
			case 4 -> List.of("H", key, stamp(), pick(DATA));
			case 5, 6 -> List.of("y", key, stamp(), pick(DATA));
			case 7, 8, 9 -> List.of("d", key, pick(REASONS));
			case 10 -> List.of("s", pick(CONNECTIONS), key, stamp(), pick(DATA));
			default -> List.of("c", pick(CONNECTIONS));
		};
	}

	private String stamp() {
		return pick("0", "9", "10", "11", "4102444800000000");
	}

	private Run lease(String registration, String register) {
		List<String> keys = new ArrayList<>(List.of(BUCKET, INSTANCES, index(registration)));
		pickSome(TOPICS).forEach((topic) -> keys.add(topic(topic)));
		return new Run(Script.LEASE, keys, List.of(registration, "" + LEASE, pick("" + LEASE, "" + LEASE, "25000"),
				"" + TTL, pick("0", "1"), register));
	}

	private Run reap() {
		String registration = anyRegistration();
		List<String> keys = new ArrayList<>(List.of(BUCKET, INSTANCES, index(registration)));
		if (this.random.nextInt(3) > 0) {
			keys.add(topic(pick(TOPICS)));
		}
		return new Run(Script.REAP, keys,
				List.of(registration, "0", "500", "" + TTL, pick("0", "1"), anyRegistration(), pick("0", "1")));
	}

	private long step() {
		return switch (this.random.nextInt(12)) {
			case 0 -> 6_000_000;
			case 1 -> 12_000_000;
			case 2 -> 40_000_000;
			case 3 -> (this.random.nextInt(4) == 0) ? 90_000_000_000L : 3_000_000;
			case 4 -> -5_000_000;
			case 5 -> (this.random.nextInt(4) == 0) ? -3_600_000_000L : 1;
			default -> this.random.nextInt(2_000_000);
		};
	}

	private Damage damage() {
		String key = pick(BUCKET, INSTANCES, index(anyRegistration()), topic(pick(TOPICS)), topic(pick(TOPICS)),
				BUCKET + ":l:4:room" + pick(KEYS));
		return switch (this.random.nextInt(10)) {
			case 0, 1 -> new Damage("delete", key, "", "");
			case 2 -> new Damage("string", key, "", pick(GARBAGE));
			case 3 -> new Damage("field", topic(pick(TOPICS)), "h", pick(pick(GARBAGE), "5 0"));
			case 4 ->
				new Damage("field", topic(pick(TOPICS)), pick("m" + pick(KEYS), "mk1", "sC:c1", "x"), pick(GARBAGE));
			case 5 -> new Damage("noField", topic(pick(TOPICS)), "m" + pick(KEYS), "");
			case 6 ->
				new Damage("field", index(anyRegistration()), pick("__batch", "__x", pick(TOPICS)), pick(GARBAGE));
			case 7 ->
				new Damage("field", BUCKET, pick("c", "seen", "guard", "guard"), pick(pick(GARBAGE), "5000000000000"));
			case 8 -> new Damage("score", INSTANCES, pick("foreign", anyRegistration()),
					pick("0", "0", "1", "Infinity", "5000000000000"));
			default -> new Damage(pick("flush", "save", "save", "restore"), "", "", "");
		};
	}

	private static String index(String registration) {
		return BUCKET + ":i:" + registration;
	}

	private static String topic(String name) {
		return BUCKET + ":t:" + name;
	}

	private List<String> pickSome(List<String> from) {
		List<String> some = new ArrayList<>();
		for (int i = 1 + this.random.nextInt(3); i > 0; i--) {
			String one = pick(from);
			if (!some.contains(one)) {
				some.add(one);
			}
		}
		return some;
	}

	private String pick(String... from) {
		return pick(Arrays.asList(from));
	}

	private String pick(List<String> from) {
		return from.get(this.random.nextInt(from.size()));
	}

}
