package io.presence.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

import io.presence.PresenceLimitExceededException;
import io.presence.concurrent.Stages;

/**
 * The topics that this instance has to do with, by name. A topic is made when a
 * connection first wants it, and removed by itself.
 */
final class Topics {

	private static final String MAX_TOPICS = "presence.limits.max-topics";

	private static final int FEW = 5;

	private static final int FREE_FOR_EACH = 10;

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
	 * otherwise. A connection that has many topics gets a new one only while many times
	 * as many are free, so that those who take all they get never take the last.
	 * @param name the name of the topic
	 * @param others how many topics the connection has besides
	 */
	Topic retain(String name, int others) {
		while (true) {
			if (others >= FEW && !this.topics.containsKey(name)) {
				refuseUnlessFree(this.used.get() + 1, others);
			}
			Topic topic = this.topics.computeIfAbsent(name, (absent) -> create(absent));
			int users = topic.use();
			if (users == 0) {
				try {
					refuseUnlessFree(this.used.incrementAndGet(), others);
				}
				catch (PresenceLimitExceededException ex) {
					// Whoever asks may hold the lock of its connection.
					this.context.executor().execute(() -> topic.tell(topic::unuse));
					throw ex;
				}
			}
			if (users >= 0) {
				return topic;
			}
			this.topics.remove(name, topic);
		}
	}

	private void refuseUnlessFree(int used, int others) {
		int max = this.context.limits().maxTopics();
		int free = max - used;
		if (free < 0) {
			throw this.context.limitExceeded(MAX_TOPICS,
					"This instance has to do with " + max + " topics already: raise " + MAX_TOPICS);
		}
		if (others >= FEW && free / FREE_FOR_EACH < others) {
			throw this.context.limitExceeded(MAX_TOPICS, "The connection has " + others
					+ " topics and this instance few left: leave one, or raise " + MAX_TOPICS);
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
