package io.presence.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import io.presence.concurrent.Mailbox;
import io.presence.store.PresenceStore.Kick;

/**
 * Requests to remove a member's connections: published to every instance, and repeated
 * until each registration that is alive has answered, at most for a lease.
 */
final class Kicks {

	private static final Duration REPEAT = Duration.ofMillis(500);

	private static final int REMEMBERED = 1000;

	private static final Map<String, Kick.Action> ACTIONS = Map.of("leave", Kick.Action.LEAVE, "close",
			Kick.Action.CLOSE, "revalidate", Kick.Action.REVALIDATE);

	private final StoreContext context;

	private final String instance;

	private final List<Bucket> buckets;

	private final Mailbox mailbox;

	private final Map<String, Request> requests = new HashMap<>();

	private final Map<String, CompletionStage<Integer>> answered = new LinkedHashMap<>() {

		private static final long serialVersionUID = 1L;

		@Override
		protected boolean removeEldestEntry(Map.Entry<String, CompletionStage<Integer>> eldest) {
			return size() > REMEMBERED;
		}

	};

	Kicks(StoreContext context, String instance, List<Bucket> buckets) {
		this.context = context;
		this.instance = instance;
		this.buckets = buckets;
		this.mailbox = new Mailbox(context.executor());
	}

	void start() {
		this.context.link().subscribe(RedisLink.NO_BUCKET, this.context.keys().kick());
		this.context.link().subscribe(RedisLink.NO_BUCKET, this.context.keys().kickAnswers(this.instance));
	}

	CompletionStage<Integer> request(Kick kick) {
		CompletableFuture<Integer> answer = new CompletableFuture<>();
		this.mailbox.tell(() -> {
			String id = this.context.chance().ids().get();
			List<String> fields = new ArrayList<>();
			fields.add(id);
			fields.add(this.instance);
			fields.add(Octets.of(kick.key()));
			fields.add(kick.action().name().toLowerCase(Locale.ROOT));
			kick.topics().forEach((topic) -> fields.add(Octets.of(topic)));
			Request request = new Request(id, new Message(Message.KICK, fields).format(), answer);
			this.requests.put(id, request);
			repeat(request);
			later(this.context.settings().lease(), () -> finish(request));
			this.buckets.forEach((bucket) -> bucket.tell(() -> bucket.lease().ask((others) -> this.mailbox.tell(() -> {
				request.awaited.put(bucket.number(), others);
				finishIfAnswered(request);
			}))));
		});
		return answer;
	}

	/**
	 * Takes a message.
	 * @param octets the message
	 * @return whether it is one that can be understood
	 */
	boolean message(String octets) {
		Message message = Message.parse(octets);
		if (message != null && message.kind() == Message.KICK && message.fields().size() >= 4
				&& ACTIONS.containsKey(message.fields().get(3))) {
			this.mailbox.tell(() -> requested(message.fields()));
			return true;
		}
		if (message != null && message.kind() == Message.KICK_ANSWER && message.fields().size() >= 2
				&& Numbers.decimal(message.fields().get(1)) >= 0) {
			this.mailbox.tell(() -> answered(message.fields()));
			return true;
		}
		return false;
	}

	private void requested(List<String> fields) {
		String asking = fields.get(1);
		if (asking.equals(this.instance)) {
			return;
		}
		CompletionStage<Integer> gone = this.answered.get(fields.get(0));
		if (gone == null) {
			List<String> topics = fields.subList(4, fields.size()).stream().map(Octets::text).toList();
			gone = this.context.listener()
				.kicked(new Kick(Octets.text(fields.get(2)), topics,
						Objects.requireNonNull(ACTIONS.get(fields.get(3)))));
			this.answered.put(fields.get(0), gone);
		}
		gone.thenAccept((connections) -> answer(fields.get(0), asking, connections));
	}

	private void answer(String request, String asking, int connections) {
		List<String> answer = new ArrayList<>(List.of(request, Integer.toString(connections)));
		this.buckets.forEach((bucket) -> answer.add(bucket.lease().registration()));
		this.context.link()
			.publish(this.context.keys().kickAnswers(asking), new Message(Message.KICK_ANSWER, answer).format());
	}

	private void answered(List<String> fields) {
		Request request = this.requests.get(fields.get(0));
		List<String> registrations = fields.subList(2, fields.size());
		if (request != null && request.answered.addAll(registrations)) {
			request.gone += (int) Numbers.decimal(fields.get(1));
			finishIfAnswered(request);
		}
	}

	private void repeat(Request request) {
		if (!request.answer.isDone()) {
			this.context.link().publish(this.context.keys().kick(), request.message);
			later(REPEAT, () -> repeat(request));
		}
	}

	private void finishIfAnswered(Request request) {
		if (request.awaited.size() == this.buckets.size()
				&& request.awaited.values().stream().allMatch(request.answered::containsAll)) {
			finish(request);
		}
	}

	private void finish(Request request) {
		this.requests.remove(request.id);
		request.answer.complete(request.gone);
	}

	private void later(Duration delay, Runnable task) {
		this.context.scheduler().schedule(() -> this.mailbox.tell(task), delay);
	}

	/**
	 * A request of this instance.
	 */
	private static final class Request {

		private final String id;

		private final String message;

		private final CompletableFuture<Integer> answer;

		private final Map<Integer, Set<String>> awaited = new HashMap<>();

		private final Set<String> answered = new HashSet<>();

		private int gone;

		Request(String id, String message, CompletableFuture<Integer> answer) {
			this.id = id;
			this.message = message;
			this.answer = answer;
		}

	}

}
