package io.presence.redis;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import io.presence.concurrent.Scheduler.Cancellable;
import io.presence.store.StoredRoster;

/**
 * Reads of topics of a bucket that are not watched: one round trip, and after a command
 * timeout the answer is what this instance knows. While Redis is known not to answer, it
 * is not asked.
 */
final class Reads {

	private static final String PIECE = "1000";

	private final Bucket bucket;

	private final StoreContext context;

	Reads(Bucket bucket) {
		this.bucket = bucket;
		this.context = bucket.context();
	}

	CompletionStage<StoredRoster> roster(String topic) {
		CompletableFuture<StoredRoster> answer = new CompletableFuture<>();
		this.bucket.tell(() -> {
			Watch watch = this.bucket.watches().get(topic);
			if (watch != null && watch.isLoaded()) {
				answer.complete(watch.shown().roster(this.bucket.isDegraded()));
				return;
			}
			if (!asks(answer, () -> known(topic))) {
				return;
			}
			List<String> keys = keys(topic);
			this.bucket.calls().call(Script.READ, keys, List.of("0", PIECE), (reply) -> {
				if (reply.text(2).equals("0")) {
					TopicRead read = new TopicRead(0);
					read.take(reply);
					answer.complete(roster(topic, read));
				}
				else {
					this.bucket.watches().read(topic, answer::complete);
				}
			}, (failure) -> {
				answer.complete(known(topic));
				this.bucket.lease().trouble();
			});
		});
		return answer;
	}

	CompletionStage<Integer> count(String topic) {
		CompletableFuture<Integer> answer = new CompletableFuture<>();
		this.bucket.tell(() -> {
			Watch watch = this.bucket.watches().get(topic);
			if (watch != null && watch.isLoaded()) {
				answer.complete(watch.shown().size());
				return;
			}
			if (!asks(answer, () -> known(topic).members().size())) {
				return;
			}
			this.bucket.calls()
				.call(Script.READ, keys(topic), List.of("0", "0"), (reply) -> answer.complete((int) reply.number(1)),
						(failure) -> {
							answer.complete(known(topic).members().size());
							this.bucket.lease().trouble();
						});
		});
		return answer;
	}

	/**
	 * Reads the names of the topics of a bucket that have members.
	 * @return a stage that completes with a set of them
	 */
	CompletionStage<Set<String>> topics() {
		CompletableFuture<Set<String>> answer = new CompletableFuture<>();
		this.bucket.tell(() -> {
			Set<String> topics = ConcurrentHashMap.newKeySet();
			topics.addAll(this.bucket.localTopics());
			topics.addAll(this.bucket.watches().topics());
			if (!asks(answer, () -> topics)) {
				return;
			}
			TopicsOfOthers others = new TopicsOfOthers(topics, answer, this.bucket.lease().others().size());
			this.bucket.lease().others().forEach((registration) -> read(registration, "0", others));
			others.completeIfRead();
		});
		return answer;
	}

	private void read(String registration, String cursor, TopicsOfOthers others) {
		List<String> keys = List.of(this.context.keys().index(this.bucket.number(), registration));
		this.bucket.calls().call(Script.TOPICS, keys, List.of(cursor, PIECE), (reply) -> {
			for (int i = 1; i < reply.size(); i++) {
				others.topics.add(Octets.text(reply.text(i)));
			}
			if (reply.text(0).equals("0")) {
				others.read();
			}
			else {
				read(registration, reply.text(0), others);
			}
		}, (failure) -> {
			others.read();
			this.bucket.lease().trouble();
		});
	}

	/**
	 * Answers with what is known without Redis when it does not answer: after the command
	 * time-out, or at once if it did not answer before.
	 * @return whether Redis is to be asked
	 */
	private <T> boolean asks(CompletableFuture<T> answer, Supplier<T> known) {
		if (this.bucket.calls().isUnanswered()) {
			answer.complete(known.get());
			return false;
		}
		Cancellable timeout = this.context.scheduler()
			.schedule(() -> this.bucket.tell(() -> answer.complete(known.get())),
					this.context.settings().commandTimeout());
		answer.whenComplete((value, error) -> timeout.cancel());
		return true;
	}

	private StoredRoster roster(String topic, TopicRead read) {
		Replica replica = new Replica(topic, this.bucket.truth());
		ShownRoster shown = new ShownRoster(replica, this.bucket.truth());
		Touched touched = Touched.byFinding();
		long now = this.bucket.calls().now();
		replica.replace(read.fields(), read.version(), now, touched);
		shown.refresh(touched, now);
		return shown.roster(false);
	}

	private StoredRoster known(String topic) {
		ShownRoster shown = new ShownRoster(new Replica(topic, this.bucket.truth()), this.bucket.truth());
		Touched touched = Touched.byFinding();
		shown.showTruth(touched);
		shown.refresh(touched, this.bucket.calls().now());
		return shown.roster(true);
	}

	private List<String> keys(String topic) {
		int number = this.bucket.number();
		return List.of(this.context.keys().bucket(number), this.context.keys().topic(number, topic));
	}

	/**
	 * The topics of other registrations, some of which were not read yet.
	 */
	private static final class TopicsOfOthers {

		private final Set<String> topics;

		private final CompletableFuture<Set<String>> answer;

		private int unread;

		TopicsOfOthers(Set<String> topics, CompletableFuture<Set<String>> answer, int unread) {
			this.topics = topics;
			this.answer = answer;
			this.unread = unread;
		}

		void read() {
			this.unread--;
			completeIfRead();
		}

		void completeIfRead() {
			if (this.unread == 0) {
				this.answer.complete(this.topics);
			}
		}

	}

}
