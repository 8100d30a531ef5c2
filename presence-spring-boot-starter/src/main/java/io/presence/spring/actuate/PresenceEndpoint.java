package io.presence.spring.actuate;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

import io.presence.concurrent.Stages;
import io.presence.engine.EngineStatistics;
import io.presence.engine.PresenceEngine;
import io.presence.store.PresenceStore;
import io.presence.store.StoreHealth;

/**
 * The actuator endpoint {@code presence}: what this instance has, how the store is, and
 * the topics of all instances with their numbers of members. It names no members.
 */
@Endpoint(id = "presence")
public final class PresenceEndpoint {

	private static final int DEFAULT_LIMIT = 100;

	private static final int MAX_LIMIT = 1_000;

	private final PresenceEngine engine;

	private final PresenceStore store;

	private final Duration timeout;

	/**
	 * Creates an endpoint.
	 * @param engine the engine
	 * @param store the store
	 * @param timeout how long an answer of the store is waited for
	 */
	public PresenceEndpoint(PresenceEngine engine, PresenceStore store, Duration timeout) {
		this.engine = engine;
		this.store = store;
		this.timeout = timeout;
	}

	/**
	 * Tells how presence is.
	 * @param limit how many topics to list at the most, 100 unless given
	 * @return plain values by name
	 */
	@ReadOperation
	public Map<String, Object> presence(@Nullable Integer limit) {
		EngineStatistics statistics = this.engine.statistics();
		Map<String, Object> instance = new LinkedHashMap<>();
		instance.put("connections", statistics.connections());
		instance.put("participatingConnections", statistics.participatingConnections());
		instance.put("topics", statistics.topics());
		instance.put("members", statistics.members());
		instance.put("observers", statistics.observers());
		StoreHealth health = this.store.health();
		Map<String, Object> store = new LinkedHashMap<>(health.details());
		store.put("available", health.available());
		Map<String, Object> answer = new LinkedHashMap<>();
		answer.put("instance", instance);
		answer.put("store", store);
		answer.put("topics", topics((limit != null) ? Math.max(0, Math.min(limit, MAX_LIMIT)) : DEFAULT_LIMIT));
		return answer;
	}

	private Map<String, Object> topics(int limit) {
		Map<String, Object> topics = new LinkedHashMap<>();
		List<String> names = await(this.store.topics().thenApply((all) -> all.stream().sorted().toList()), List.of());
		topics.put("total", names.size());
		Map<String, CompletionStage<Integer>> counts = new LinkedHashMap<>();
		names.stream().limit(limit).forEach((name) -> counts.put(name, this.store.count(name)));
		await(Stages.all(counts.values()).thenApply((nothing) -> true), false);
		Map<String, Object> listed = new TreeMap<>();
		counts.forEach((name, count) -> listed.put(name, count.toCompletableFuture().getNow(-1)));
		topics.put("counts", listed);
		return topics;
	}

	private <T> T await(CompletionStage<T> stage, T otherwise) {
		try {
			return stage.toCompletableFuture().get(this.timeout.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return otherwise;
		}
		catch (ExecutionException | TimeoutException ex) {
			return otherwise;
		}
	}

}
