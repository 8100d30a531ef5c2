package io.presence.redis.model;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * What {@code commit.lua} does.
 */
final class ModelCommit {

	private final Keyspace keys;

	private final Publisher publisher;

	ModelCommit(Keyspace keys, Publisher publisher) {
		this.keys = keys;
		this.publisher = publisher;
	}

	List<Object> run(List<String> names, List<String> arguments) {
		String bucket = names.get(0);
		String index = names.get(2);
		String registration = arguments.get(0);
		long ttl = Long.parseLong(arguments.get(2));
		Map<String, Double> instances = this.keys.sortedSet(names.get(1));
		Double score = (instances != null) ? instances.get(registration) : null;
		long last = Lua.integer(this.keys.get(index, "__batch"));
		if (score == null || score == 0 || last < 0 || this.keys.get(index, "__reason") != null) {
			return List.of("unknown");
		}
		if (Long.parseLong(arguments.get(1)) <= last) {
			return List.of("old");
		}
		this.keys.put(index, "__batch", arguments.get(1));
		Marks marks = new Marks(registration, (instances != null) ? instances : Map.of(),
				Long.parseLong(arguments.get(3)), Long.parseLong(arguments.get(5)), names.subList(3, names.size()));
		marks.apply(arguments.subList(6, arguments.size()).iterator());
		List<ModelTopic> changed = new ArrayList<>();
		for (ModelTopic topic : marks.topics.values()) {
			count(topic, index, ModelTopic.name(bucket, topic.key));
			if (!topic.changes.isEmpty()) {
				changed.add(topic);
			}
		}
		if (changed.isEmpty()) {
			return List.of("ok", "0", marks.refused, (long) this.keys.takeRepaired(), marks.yielded, marks.edges,
					marks.over);
		}
		long version = ModelTopic.nextVersion(this.keys, bucket, changed, ttl);
		for (ModelTopic topic : changed) {
			this.publisher.publish(arguments.get(4).equals("1"), topic.key, topic.close(version, registration, ttl));
		}
		marks.ended.forEach((ended) -> uncount(bucket, ended));
		return List.of("ok", Long.toString(version), marks.refused, (long) this.keys.takeRepaired(), marks.yielded,
				marks.edges, marks.over);
	}

	private void count(ModelTopic topic, String index, String name) {
		if (topic.absent) {
			this.keys.remove(index, name);
		}
		if (topic.mine() == 0 && !topic.absent) {
			return;
		}
		long sum = topic.mine();
		try {
			String before = this.keys.get(index, name);
			sum = Math.addExact((before != null) ? parse(before) : 0, topic.mine());
		}
		catch (ArithmeticException ex) {
			this.keys.repaired();
			sum = Math.max(topic.mine(), 1);
		}
		if (sum > 0) {
			this.keys.put(index, name, Long.toString(sum));
		}
		else {
			this.keys.remove(index, name);
		}
	}

	private void uncount(String bucket, Ended ended) {
		String index = bucket + ":i:" + ended.registration();
		if (!this.keys.isHash(index)) {
			return;
		}
		String name = ModelTopic.name(bucket, ended.topic().key);
		long sum = Lua.integer(this.keys.get(index, name));
		if (sum > 1) {
			this.keys.put(index, name, Long.toString(sum - 1));
		}
		else if (sum >= 0) {
			this.keys.remove(index, name);
		}
	}

	private static long parse(String text) {
		try {
			long number = Long.parseLong(text);
			if (Long.toString(number).equals(text)) {
				return number;
			}
		}
		catch (NumberFormatException ex) {
			// as any other text that Redis does not count with
		}
		throw new ArithmeticException("'" + text + "' is no integer of Redis");
	}

	private record Ended(ModelTopic topic, String registration) {

	}

	private final class Marks {

		private final String registration;

		private final Map<String, Double> instances;

		private final long max;

		private final long grace;

		private final List<String> names;

		private final List<Object> refused = new ArrayList<>();

		private final List<Object> yielded = new ArrayList<>();

		private final List<Object> edges = new ArrayList<>();

		private final List<Object> over = new ArrayList<>();

		private final List<Ended> ended = new ArrayList<>();

		private final Map<Integer, ModelTopic> topics = new TreeMap<>();

		private boolean edge;

		private Marks(String registration, Map<String, Double> instances, long max, long grace, List<String> names) {
			this.registration = registration;
			this.instances = instances;
			this.max = max;
			this.grace = grace;
			this.names = names;
		}

		private void apply(Iterator<String> marks) {
			for (long position = 0; marks.hasNext(); position++) {
				this.edge = false;
				int number = Integer.parseInt(marks.next());
				ModelTopic topic = this.topics.computeIfAbsent(number,
						(absent) -> new ModelTopic(ModelCommit.this.keys, this.names.get(number - 1)));
				String operation = marks.next();
				String subject = marks.next();
				switch (operation) {
					case "h", "H" -> {
						ModelHold hold = new ModelHold(this.registration, marks.next(), marks.next());
						if (!hold(topic, "m" + subject, hold, operation.equals("H"))) {
							this.refused.add(position);
						}
					}
					case "y" -> {
						ModelHold hold = new ModelHold(this.registration, marks.next(), marks.next());
						if (hasLeft(topic, "m" + subject)) {
							this.over.add(position);
							break;
						}
						if (isHeldElsewhere(topic, "m" + subject)) {
							hold = new ModelHold(hold.registration(), "0", hold.data());
							this.yielded.add(position);
						}
						hold(topic, "m" + subject, hold, true);
					}
					case "d" -> release(topic, "m" + subject, marks.next());
					case "s" -> {
						String key = marks.next();
						String n = marks.next();
						state(topic, subject, n + ":" + Lua.netstring(key) + marks.next());
					}
					case "c" -> clear(topic, subject);
					default -> throw new IllegalArgumentException("No such mark: " + operation);
				}
				if (this.edge) {
					this.edges.add(position);
				}
			}
		}

		private boolean hold(ModelTopic topic, String field, ModelHold mine, boolean repeated) {
			String old = ModelCommit.this.keys.get(topic.key, field);
			if (old == null && this.max > 0 && topic.count() >= this.max && !repeated) {
				return false;
			}
			List<ModelHold> holds = readable(old);
			ModelHold before = ModelHold.take(holds, this.registration);
			if (mine.equals(before)) {
				return true;
			}
			int at = 0;
			while (at < holds.size() && ModelHold.NEWEST_FIRST.compare(holds.get(at), mine) < 0) {
				at++;
			}
			holds.add(at, mine);
			topic.put(field, ModelHold.format(holds));
			if (before == null) {
				topic.mine(1);
			}
			if (old == null) {
				topic.counted();
				this.edge = true;
				if (this.grace > 0) {
					ModelCommit.this.keys.delete(topic.note(field));
				}
			}
			return true;
		}

		private boolean hasLeft(ModelTopic topic, String field) {
			return this.grace > 0 && ModelCommit.this.keys.exists(topic.note(field))
					&& ModelCommit.this.keys.get(topic.key, field) == null;
		}

		private boolean isHeldElsewhere(ModelTopic topic, String field) {
			String text = ModelCommit.this.keys.get(topic.key, field);
			List<ModelHold> holds = (text != null) ? ModelHold.parse(text) : null;
			return holds != null && holds.stream()
				.filter((hold) -> !hold.isYielding())
				.map(ModelHold::registration)
				.anyMatch((other) -> !other.equals(this.registration) && this.instances.getOrDefault(other, 0.0) != 0);
		}

		private List<ModelHold> readable(@Nullable String text) {
			List<ModelHold> holds = (text != null) ? ModelHold.parse(text) : new ArrayList<>();
			if (holds == null) {
				ModelCommit.this.keys.repaired();
				return new ArrayList<>();
			}
			return holds;
		}

		private void release(ModelTopic topic, String field, String reason) {
			String old = ModelCommit.this.keys.get(topic.key, field);
			if (old == null) {
				return;
			}
			List<ModelHold> holds = readable(old);
			if (holds.isEmpty()) {
				topic.removeMember(field, "unknown");
			}
			else if (ModelHold.take(holds, this.registration) != null) {
				topic.mine(-1);
				boolean chosen = reason.equals("leave") || reason.equals("kicked");
				if (!holds.isEmpty() && holds.get(0).isYielding() && chosen) {
					holds.forEach((other) -> this.ended.add(new Ended(topic, other.registration())));
					holds.clear();
				}
				if (holds.isEmpty()) {
					topic.removeMember(field, reason);
					this.edge = true;
					if (this.grace > 0 && chosen) {
						ModelCommit.this.keys.putString(topic.note(field), "1");
						ModelCommit.this.keys.expire(topic.note(field), this.grace);
					}
				}
				else {
					topic.put(field, ModelHold.format(holds));
				}
			}
		}

		private void state(ModelTopic topic, String connection, String value) {
			String field = "s" + this.registration + ":" + connection;
			String old = ModelCommit.this.keys.get(topic.key, field);
			if (!value.equals(old)) {
				topic.put(field, value);
				topic.mine((old != null) ? 0 : 1);
			}
		}

		private void clear(ModelTopic topic, String connection) {
			String field = "s" + this.registration + ":" + connection;
			if (ModelCommit.this.keys.remove(topic.key, field)) {
				topic.mine(-1);
				topic.change(field, "-");
			}
		}

	}

}
