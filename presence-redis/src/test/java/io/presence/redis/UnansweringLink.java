package io.presence.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.presence.redis.HookedRedis.Published;

/**
 * Keeps what is published, brings no message, and answers no call unless told to.
 */
final class UnansweringLink implements RedisLink {

	private final List<Published> published = new ArrayList<>();

	private final List<Script> called = new ArrayList<>();

	private final Map<Integer, CompletableFuture<List<Object>>> underWay = new HashMap<>();

	private @Nullable Listener listener;

	private int reopened;

	/** What it answers, if anything. */
	Supplier<CompletableFuture<List<Object>>> answers = CompletableFuture::new;

	/** Whether it says that others are answered. */
	boolean answeringOthers;

	List<Published> published() {
		return this.published;
	}

	/**
	 * Returns how often a script was called.
	 */
	long calls(Script script) {
		return this.called.stream().filter(script::equals).count();
	}

	int reopened() {
		return this.reopened;
	}

	Listener hearer() {
		return Objects.requireNonNull(this.listener);
	}

	@Override
	public void start(Listener listener) {
		this.listener = listener;
	}

	@Override
	public void publish(String channel, String message) {
		this.published.add(new Published(false, channel, message));
	}

	@Override
	public CompletionStage<List<Object>> call(int bucket, Script script, List<String> keys, List<String> arguments) {
		this.called.add(script);
		CompletableFuture<List<Object>> answer = this.answers.get();
		this.underWay.put(bucket, answer);
		return answer;
	}

	@Override
	public boolean hasAnswered(int bucket, Duration time) {
		return this.answeringOthers;
	}

	@Override
	public boolean isSharded(int bucket) {
		return false;
	}

	@Override
	public void subscribe(int bucket, String channel) {
	}

	@Override
	public void unsubscribe(int bucket, String channel) {
	}

	@Override
	public void reopenCalls(int bucket) {
		this.reopened++;
		this.underWay.get(bucket).completeExceptionally(RedisCallException.abandoned());
	}

	@Override
	public void reopenFeed(int bucket) {
	}

	@Override
	public Map<String, Object> details() {
		return Map.of();
	}

	@Override
	public void close() {
	}

}
