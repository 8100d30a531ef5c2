package io.presence.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.presence.concurrent.Scheduler;

/**
 * Connections to Redis by Lettuce: one for calls and one for messages to each server that
 * has buckets. They are opened anew here and not by Lettuce, which would send again what
 * was under way; so each call is sent at most once, and Sentinels and the Cluster are
 * asked each time who the master is.
 */
final class LettuceLink implements RedisLink {

	private static final Logger logger = LoggerFactory.getLogger(LettuceLink.class);

	private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

	private static final Duration CLOSING = Duration.ofSeconds(1);

	private final RedisClient client;

	private final RedisTopology topology;

	private final Scheduler scheduler;

	private final Problems problems;

	private final Map<String, Integer> channels = new ConcurrentHashMap<>();

	private final Map<String, LettuceNode> nodes = new HashMap<>();

	private volatile List<LettuceNode> owners = List.of();

	private @Nullable Listener listener;

	private boolean looking;

	private boolean lookAgain;

	private volatile boolean closed;

	LettuceLink(RedisClient client, RedisTopology topology, Scheduler scheduler, Problems problems) {
		this.client = client;
		this.topology = topology;
		this.scheduler = scheduler;
		this.problems = problems;
	}

	@Override
	public void start(Listener listener) {
		this.listener = listener;
		look();
	}

	@Override
	public boolean isSharded(int bucket) {
		LettuceNode node = owner(bucket);
		return node != null && node.isSharded();
	}

	@Override
	public CompletionStage<List<Object>> call(int bucket, Script script, List<String> keys, List<String> arguments) {
		LettuceNode node = owner(bucket);
		return (node != null) ? node.call(script, keys, arguments) : CompletableFuture
			.failedFuture(RedisCallException.unavailable(Problem.NOT_CONNECTED, "no server is known yet"));
	}

	@Override
	public void publish(String channel, String message) {
		for (LettuceNode node : allNodes()) {
			if (node.publish(channel, message)) {
				return;
			}
		}
	}

	@Override
	public void subscribe(int bucket, String channel) {
		this.channels.put(channel, bucket);
		nodesOf(bucket).forEach((node) -> node.feed().subscribe(bucket, List.of(channel)));
	}

	@Override
	public void unsubscribe(int bucket, String channel) {
		this.channels.remove(channel);
		nodesOf(bucket).forEach((node) -> node.feed().unsubscribe(bucket, List.of(channel)));
	}

	@Override
	public boolean hasAnswered(int bucket, Duration time) {
		LettuceNode node = owner(bucket);
		return node != null && node.hasAnswered(time);
	}

	@Override
	public void reopenCalls(int bucket) {
		LettuceNode node = owner(bucket);
		if (node != null) {
			node.reopenCalls();
		}
		look();
	}

	@Override
	public void reopenFeed(int bucket) {
		LettuceNode node = owner(bucket);
		if (node != null) {
			node.feed().close();
		}
		look();
	}

	@Override
	public Map<String, Object> details() {
		Map<String, Object> details = new LinkedHashMap<>();
		List<LettuceNode> known = allNodes();
		details.put("servers", known.stream().map(LettuceNode::describe).toList());
		return details;
	}

	@Override
	public void close() {
		this.closed = true;
		allNodes().forEach(LettuceNode::stop);
		this.topology.close();
		awaitClosing(this.client.shutdownAsync(0, CLOSING.toMillis(), TimeUnit.MILLISECONDS));
	}

	/**
	 * Waits until connections are closed: the threads that do it can be those of the
	 * application's own client, which it ends next.
	 */
	private static void awaitClosing(CompletableFuture<Void> closing) {
		try {
			closing.get(CLOSING.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (ExecutionException | TimeoutException ex) {
			logger.debug("Connections to Redis were not closed in order", ex);
		}
	}

	boolean isClosed() {
		return this.closed;
	}

	RedisClient client() {
		return this.client;
	}

	Problems problems() {
		return this.problems;
	}

	Listener listener() {
		return Objects.requireNonNull(this.listener, "The link was not started");
	}

	void later(Duration delay, Runnable task) {
		this.scheduler.schedule(task, delay);
	}

	/**
	 * Returns the channels that a server should send.
	 * @param node the server
	 * @return the channels by their bucket
	 */
	Map<Integer, List<String>> channels(LettuceNode node) {
		Map<Integer, List<String>> wanted = new HashMap<>();
		this.channels.forEach((channel, bucket) -> {
			if (bucket == NO_BUCKET || owner(bucket) == node) {
				wanted.computeIfAbsent(bucket, (absent) -> new ArrayList<>()).add(channel);
			}
		});
		return wanted;
	}

	/**
	 * Learns that a server does not send a channel any more.
	 * @param channel the channel
	 */
	void unsubscribed(String channel) {
		Integer bucket = this.channels.get(channel);
		if (bucket != null && !this.closed) {
			look();
			later(BETWEEN_LOOKS, () -> {
				if (this.channels.containsKey(channel)) {
					subscribe(bucket, channel);
				}
			});
		}
	}

	/**
	 * Finds out which server has which bucket, now or, if that was asked just before,
	 * soon.
	 */
	void look() {
		synchronized (this) {
			if (this.closed) {
				return;
			}
			if (this.looking) {
				this.lookAgain = true;
				return;
			}
			this.looking = true;
		}
		this.topology.locate().whenComplete((uris, error) -> {
			if (error != null) {
				this.problems.report(LettuceNode.problem(error), LettuceNode.reason(error));
			}
			else {
				found(uris);
			}
			later(BETWEEN_LOOKS, () -> {
				boolean again;
				synchronized (this) {
					this.looking = false;
					again = this.lookAgain || error != null;
					this.lookAgain = false;
				}
				if (again) {
					look();
				}
			});
		});
	}

	private void found(List<RedisURI> uris) {
		List<LettuceNode> before;
		List<LettuceNode> after = new ArrayList<>();
		Set<LettuceNode> opened = new LinkedHashSet<>();
		Set<LettuceNode> unused;
		synchronized (this) {
			if (this.closed) {
				return;
			}
			before = this.owners;
			for (RedisURI uri : uris) {
				after.add(this.nodes.computeIfAbsent(address(uri), (address) -> {
					LettuceNode node = new LettuceNode(this, uri, address);
					opened.add(node);
					return node;
				}));
			}
			unused = new LinkedHashSet<>(this.nodes.values());
			unused.removeAll(after);
			this.nodes.values().removeAll(unused);
			this.owners = List.copyOf(after);
		}
		opened.forEach(LettuceNode::open);
		unused.forEach(LettuceNode::close);
		for (int bucket = 0; bucket < before.size(); bucket++) {
			LettuceNode node = after.get(bucket);
			if (before.get(bucket) != node && !opened.contains(node)) {
				int moved = bucket;
				List<String> wanted = new ArrayList<>();
				this.channels.forEach((channel, owner) -> {
					if (owner == moved) {
						wanted.add(channel);
					}
				});
				before.get(bucket).feed().unsubscribe(bucket, wanted);
				node.feed().subscribe(bucket, wanted);
			}
		}
	}

	private @Nullable LettuceNode owner(int bucket) {
		List<LettuceNode> known = this.owners;
		return known.isEmpty() ? null : known.get(bucket);
	}

	private List<LettuceNode> nodesOf(int bucket) {
		if (bucket == NO_BUCKET) {
			return allNodes();
		}
		LettuceNode node = owner(bucket);
		return (node != null) ? List.of(node) : List.of();
	}

	private List<LettuceNode> allNodes() {
		return List.copyOf(new LinkedHashSet<>(this.owners));
	}

	private static String address(RedisURI uri) {
		if (uri.getSentinelMasterId() != null) {
			return uri.getSentinelMasterId();
		}
		return (uri.getSocket() != null) ? uri.getSocket() : uri.getHost() + ":" + uri.getPort();
	}

}
