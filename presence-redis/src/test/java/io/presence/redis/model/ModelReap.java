package io.presence.redis.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What {@code reap.lua} does.
 */
final class ModelReap {

	private final Keyspace keys;

	private final Publisher publisher;

	ModelReap(Keyspace keys, Publisher publisher) {
		this.keys = keys;
		this.publisher = publisher;
	}

	List<Object> run(List<String> names, List<String> arguments) {
		String registration = arguments.get(0);
		long ttl = Long.parseLong(arguments.get(3));
		long now = this.keys.millis();
		Map<String, Double> instances = this.keys.sortedSet(names.get(1));
		Double score = (instances != null) ? instances.get(registration) : null;
		String given = this.keys.get(names.get(2), "__reason");
		if (score == null || score != 0) {
			double from = (score != null) ? score : 0;
			if (given == null) {
				double guard = Lua.integer(this.keys.get(names.get(0), "guard"));
				from = Math.max(from, Math.max(guard, 0));
			}
			if (now < from) {
				this.keys.takeRepaired();
				return List.of("alive", (long) Math.min(from - now, (double) Lua.bookkeeping(ttl)));
			}
			if (score != null) {
				this.keys.score(names.get(1), registration, 0);
			}
		}
		String reason = (given != null) ? given : "timeout";
		return (names.size() > 3) ? clean(names, arguments, reason) : topics(names, arguments, reason);
	}

	private List<Object> topics(List<String> names, List<String> arguments, String reason) {
		ModelScan piece = ModelScan.of(this.keys.hash(names.get(2)), arguments.get(1),
				Integer.parseInt(arguments.get(2)));
		List<String> topics = piece.fields().stream().filter((field) -> !field.startsWith("__")).toList();
		if (topics.isEmpty() && arguments.get(1).equals("0") && piece.cursor().equals("0")) {
			removeRegistration(names, arguments.get(0));
			return List.of("gone", "0", "0", (long) this.keys.takeRepaired(), reason);
		}
		List<Object> reply = new ArrayList<>(List.of("topics", piece.cursor()));
		reply.addAll(topics);
		return reply;
	}

	private void removeRegistration(List<String> names, String registration) {
		this.keys.removeScore(names.get(1), registration);
		this.keys.delete(names.get(2));
	}

	private static boolean isTopic(String field) {
		return !field.equals("__batch") && !field.equals("__reason");
	}

	private List<Object> clean(List<String> names, List<String> arguments, String reason) {
		ModelTopic topic = new ModelTopic(this.keys, names.get(3));
		ModelScan piece = ModelScan.of(this.keys.hash(topic.key), arguments.get(1), Integer.parseInt(arguments.get(2)));
		List<Removal> removals = new ArrayList<>();
		for (String field : piece.fields()) {
			Removal removal = removal(topic.key, field, arguments.get(0), reason);
			if (removal != null) {
				removals.add(removal);
			}
		}
		List<Object> left = new ArrayList<>();
		String version = "0";
		if (!removals.isEmpty()) {
			version = remove(topic, removals, names.get(0), arguments, left);
		}
		String status = "more";
		if (piece.cursor().equals("0")) {
			this.keys.remove(names.get(2), ModelTopic.name(names.get(0), topic.key));
			status = "done";
			Map<String, String> index = this.keys.hash(names.get(2));
			if (index == null || index.keySet().stream().noneMatch(ModelReap::isTopic)) {
				removeRegistration(names, arguments.get(0));
				status = "gone";
			}
		}
		List<Object> reply = new ArrayList<>();
		reply.addAll(List.of(status, piece.cursor(), version, (long) this.keys.takeRepaired(), reason));
		reply.addAll(left);
		return reply;
	}

	private @Nullable Removal removal(String key, String field, String registration, String reason) {
		if (field.startsWith("s" + registration + ":")) {
			return new Removal(field, null, null, null);
		}
		String value = this.keys.get(key, field);
		if (!field.startsWith("m") || value == null) {
			return null;
		}
		List<ModelHold> holds = ModelHold.parse(value);
		if (holds == null) {
			this.keys.repaired();
			return new Removal(field, null, "unknown", null);
		}
		if (ModelHold.take(holds, registration) == null) {
			return null;
		}
		return holds.isEmpty() ? new Removal(field, null, reason, value)
				: new Removal(field, ModelHold.format(holds), null, null);
	}

	private String remove(ModelTopic topic, List<Removal> removals, String bucket, List<String> arguments,
			List<Object> left) {
		long ttl = Long.parseLong(arguments.get(3));
		long keep = this.keys.expires(topic.key) ? 0 : ttl;
		long version = ModelTopic.nextVersion(this.keys, bucket, List.of(topic), ttl);
		for (Removal removal : removals) {
			if (removal.rest() != null) {
				topic.put(removal.field(), removal.rest());
			}
			else if (removal.reason() == null) {
				this.keys.remove(topic.key, removal.field());
				topic.change(removal.field(), "-");
			}
			else {
				topic.removeMember(removal.field(), removal.reason());
				if (arguments.get(6).equals("1") && removal.value() != null) {
					left.add(removal.field().substring(1));
					left.add(removal.value());
				}
			}
		}
		this.publisher.publish(arguments.get(4).equals("1"), topic.key, topic.close(version, arguments.get(5), keep));
		return Long.toString(version);
	}

	/**
	 * What happens to a field.
	 *
	 * @param field the field
	 * @param rest the member's other holds, {@code null}: the field goes
	 * @param reason the reason of a leave, {@code null}: a state
	 * @param value what the field of a member that leaves was
	 */
	private record Removal(String field, @Nullable String rest, @Nullable String reason, @Nullable String value) {

	}

}
