package io.presence.redis.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * What {@code lease.lua} and {@code end.lua} do.
 */
final class ModelLease {

	private static final int TOLD = 1000;

	private final Keyspace keys;

	private final Publisher publisher;

	ModelLease(Keyspace keys, Publisher publisher) {
		this.keys = keys;
		this.publisher = publisher;
	}

	List<Object> lease(List<String> names, List<String> arguments) {
		String bucket = names.get(0);
		long lease = Long.parseLong(arguments.get(1));
		long ttl = Long.parseLong(arguments.get(3));
		long micros = this.keys.micros();
		long now = Math.floorDiv(micros, 1000);
		long guard = guard(bucket, now, lease);
		long deadline = now + Long.parseLong(arguments.get(2));
		boolean extended = extend(names, arguments.get(0), arguments.get(5).equals("1"), deadline);
		for (String key : names.subList(0, 3)) {
			this.keys.expire(key, Lua.bookkeeping(ttl));
		}
		pullIn(names.get(1), deadline);
		List<Map.Entry<String, Double>> registrations = sorted(names.get(1));
		List<Object> left = new ArrayList<>();
		for (Map.Entry<String, Double> registration : registrations.subList(0, Math.min(TOLD, registrations.size()))) {
			double at = registration.getValue();
			left.add(registration.getKey());
			left.add((at == 0) ? 0L : (long) Math.max(Math.max(at - now, (double) (guard - now)), 0));
		}
		List<Object> versions = new ArrayList<>();
		for (String topic : names.subList(3, names.size())) {
			long[] head = Lua.head(this.keys, topic);
			versions.add(Long.toString((head != null) ? head[0] : 0));
			this.keys.expire(topic, ttl);
		}
		this.publisher.publish(arguments.get(4).equals("1"), names.get(2),
				"P1l" + Lua.netstring(Long.toString(micros)));
		return List.of(extended ? "ok" : "unknown", Long.toString(micros), left, (long) registrations.size(), versions,
				(long) this.keys.takeRepaired());
	}

	private long guard(String bucket, long now, long lease) {
		long seen = Lua.integer(this.keys.get(bucket, "seen"));
		long guard = Math.min(Math.max(Lua.integer(this.keys.get(bucket, "guard")), 0), now + lease);
		if (seen < 0 || now < seen || (now - seen) * 2 > lease) {
			guard = now + lease;
		}
		this.keys.put(bucket, "seen", Long.toString(now));
		this.keys.put(bucket, "guard", Long.toString(guard));
		return guard;
	}

	private boolean extend(List<String> names, String registration, boolean register, long deadline) {
		Map<String, Double> instances = this.keys.sortedSet(names.get(1));
		Double score = (instances != null) ? instances.get(registration) : null;
		long batch = Lua.integer(this.keys.get(names.get(2), "__batch"));
		if ((score != null && score == 0) || this.keys.get(names.get(2), "__reason") != null) {
			return false;
		}
		if (register && batch < 0) {
			this.keys.put(names.get(2), "__batch", "0");
		}
		if (!register && (score == null || batch < 0)) {
			return false;
		}
		this.keys.score(names.get(1), registration, (double) deadline);
		return true;
	}

	private void pullIn(String instances, long deadline) {
		List<Map.Entry<String, Double>> far = sorted(instances).stream()
			.filter((registration) -> registration.getValue() > deadline)
			.limit(TOLD)
			.toList();
		far.forEach((registration) -> this.keys.score(instances, registration.getKey(), (double) deadline));
	}

	private List<Map.Entry<String, Double>> sorted(String instances) {
		Map<String, Double> scores = this.keys.sortedSet(instances);
		if (scores == null) {
			return List.of();
		}
		return scores.entrySet()
			.stream()
			.map((registration) -> Map.entry(registration.getKey(), registration.getValue()))
			.sorted(Comparator.comparingDouble(Map.Entry<String, Double>::getValue).thenComparing(Map.Entry::getKey))
			.toList();
	}

	List<Object> end(List<String> names, List<String> arguments) {
		long grace = Long.parseLong(arguments.get(1));
		long ttl = Long.parseLong(arguments.get(3));
		long now = this.keys.millis();
		Map<String, Double> instances = this.keys.sortedSet(names.get(1));
		Double before = (instances != null) ? instances.get(arguments.get(0)) : null;
		double score = (grace > 0) ? now + grace : 0;
		if (this.keys.get(names.get(2), "__reason") != null) {
			score = Math.min((before != null) ? before : score, score);
		}
		else {
			score = (before != null && before == 0) ? 0 : score;
			this.keys.put(names.get(2), "__reason", arguments.get(2));
		}
		this.keys.score(names.get(1), arguments.get(0), score);
		this.keys.expire(names.get(1), Lua.bookkeeping(ttl));
		this.keys.expire(names.get(2), Lua.bookkeeping(ttl));
		this.keys.takeRepaired();
		return List.of("ok", (long) Math.max(score - now, 0));
	}

}
