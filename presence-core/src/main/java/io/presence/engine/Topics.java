package io.presence.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

import io.presence.concurrent.Stages;

/**
 * The topics that this instance has to do with, by name. A topic is made when a
 * connection first wants it, and removed by itself.
 */
final class Topics {

	private final Map<String, Topic> topics = new ConcurrentHashMap<>();

	private final AtomicInteger used = new AtomicInteger();

	private final EngineContext context;

	private final TopicPolicy policy;

	Topics(EngineContext context, TopicPolicy policy) {
		this.context = context;
		this.policy = policy;
	}

	/**
	 * Returns a topic, a new one if there is none, and keeps it until it is told
	 * otherwise.
	 */
	Topic retain(String name) {
		while (true) {
			Topic topic = this.topics.computeIfAbsent(name, (absent) -> create(absent));
			int users = topic.use();
			if (users == 0 && this.used.incrementAndGet() > this.context.limits().maxTopics()) {
				// Whoever asks may hold the lock of its connection.
				this.context.executor().execute(() -> topic.tell(topic::unuse));
				throw this.context.limitExceeded("presence.limits.max-topics", "This instance has to do with "
						+ this.context.limits().maxTopics() + " topics already: raise presence.limits.max-topics");
			}
			if (users >= 0) {
				return topic;
			}
			this.topics.remove(name, topic);
		}
	}

	private Topic create(String name) {
		return new Topic(this.context, this, name, this.policy.isKeyed(name));
	}

	@Nullable Topic find(String name) {
		return this.topics.get(name);
	}

	Collection<Topic> all() {
		return this.topics.values();
	}

	/**
	 * Hears that nobody has to do with a topic any more.
	 */
	void unused() {
		this.used.decrementAndGet();
	}

	void removed(Topic topic) {
		this.topics.remove(topic.name(), topic);
	}

	/**
	 * Hands every buffered diff to the queues of the connections.
	 */
	CompletableFuture<Void> flush() {
		List<CompletableFuture<Void>> all = new ArrayList<>();
		for (Topic topic : this.topics.values()) {
			CompletableFuture<Void> done = new CompletableFuture<>();
			all.add(done);
			topic.flush(() -> done.complete(null));
		}
		return Stages.all(all);
	}

}
