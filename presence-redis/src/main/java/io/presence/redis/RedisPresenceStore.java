package io.presence.redis;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import io.presence.concurrent.Scheduler;
import io.presence.concurrent.Stages;
import io.presence.redis.StoreContext.Chance;
import io.presence.store.LocalHolds;
import io.presence.store.PresenceStore;
import io.presence.store.StoreHealth;
import io.presence.store.StoreListener;
import io.presence.store.StoredRoster;

/**
 * The store of instances that see each other through Redis. Redis holds an index that can
 * be rebuilt from the instances at any time; nothing waits for it, and nothing is lost
 * with it. Can be created and started while Redis is away.
 */
public final class RedisPresenceStore implements PresenceStore {

	private final RedisStoreSettings settings;

	private final RedisLink link;

	private final int database;

	private final Scheduler scheduler;

	private final Executor executor;

	private final Chance chance;

	private final RedisClock clock;

	private final Problems problems;

	private volatile @Nullable Running running;

	RedisPresenceStore(RedisStoreSettings settings, int database, Function<Problems, RedisLink> link,
			Scheduler scheduler, Executor executor, Chance chance) {
		this.settings = settings;
		this.database = database;
		this.problems = new Problems(scheduler, settings.leaseRenewal().multipliedBy(4));
		this.link = link.apply(this.problems);
		this.scheduler = scheduler;
		this.executor = executor;
		this.chance = chance;
		this.clock = new RedisClock(scheduler);
	}

	/**
	 * Creates a store with connections of its own to the servers of an application's
	 * connection factory: one server, Sentinels or a Cluster, with its credentials, TLS
	 * and threads. Nothing is connected before {@link #start}.
	 * @param factory the connection factory; it need not be connected
	 * @param settings how the store works
	 * @param scheduler time, and work to be done later; the store does not close it
	 * @param executor what runs work that no caller runs; the store does not close it
	 * @return the store
	 */
	public static RedisPresenceStore create(LettuceConnectionFactory factory, RedisStoreSettings settings,
			Scheduler scheduler, Executor executor) {
		LettuceLinks links = new LettuceLinks(factory);
		Keys keys = new Keys(settings.keyPrefix(), links.database());
		return new RedisPresenceStore(settings, links.database(), links.link(keys, scheduler), scheduler, executor,
				chance());
	}

	@Override
	public void start(LocalHolds local, StoreListener listener) {
		Keys keys = new Keys(this.settings.keyPrefix(), this.database);
		Running started = new Running(new StoreContext(this.settings, keys, this.link, this.scheduler, this.executor,
				this.clock, this.problems, this.chance, local, listener));
		this.running = started;
		started.start();
	}

	@Override
	public long stamp() {
		return this.clock.stamp();
	}

	@Override
	public void mark(String topic, Collection<String> keys, Collection<String> connectionIds) {
		Bucket bucket = bucket(topic);
		bucket.tell(() -> bucket.mark(topic, keys, connectionIds));
	}

	@Override
	public void watch(String topic) {
		Bucket bucket = bucket(topic);
		bucket.tell(() -> bucket.watches().watch(topic));
	}

	@Override
	public void unwatch(String topic) {
		Bucket bucket = bucket(topic);
		bucket.tell(() -> bucket.watches().unwatch(topic));
	}

	@Override
	public boolean isStale(String topic) {
		Bucket bucket = bucket(topic);
		Watch watch = bucket.watches().get(topic);
		return watch == null || !watch.isLoaded() || bucket.isDegraded();
	}

	@Override
	public CompletionStage<StoredRoster> read(String topic) {
		return new Reads(bucket(topic)).roster(topic);
	}

	@Override
	public CompletionStage<Integer> count(String topic) {
		return new Reads(bucket(topic)).count(topic);
	}

	@Override
	public CompletionStage<Set<String>> topics() {
		Set<String> topics = ConcurrentHashMap.newKeySet();
		return Stages
			.all(running().buckets.stream()
				.map((bucket) -> new Reads(bucket).topics().thenAccept(topics::addAll))
				.toList())
			.thenApply((done) -> topics);
	}

	@Override
	public CompletionStage<Integer> kick(Kick kick) {
		return running().kicks.request(kick);
	}

	@Override
	public CompletionStage<Void> end(Duration timeout) {
		CompletableFuture<Void> ended = new CompletableFuture<>();
		Stages.all(running().buckets.stream().map((bucket) -> {
			CompletableFuture<Void> done = new CompletableFuture<>();
			bucket.tell(() -> bucket.end(this.settings.grace(), "shutdown", () -> done.complete(null)));
			return done;
		}).toList()).thenRun(() -> ended.complete(null));
		Scheduler.Cancellable late = this.scheduler.schedule(() -> ended.complete(null), timeout);
		ended.whenComplete((done, error) -> late.cancel());
		return ended;
	}

	@Override
	public StoreHealth health() {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("store", "redis");
		details.putAll(this.link.details());
		Running running = this.running;
		Duration away = (running != null) ? running.describe(details) : null;
		details.put("problems", this.problems.counted());
		String last = this.problems.last();
		if (last != null) {
			details.put("lastProblem", last);
		}
		return (away != null) ? new StoreHealth(away.isZero(), away, details)
				: new StoreHealth(false, Duration.ZERO, details);
	}

	@Override
	public void close() {
		Running running = this.running;
		if (running != null) {
			running.buckets.forEach((bucket) -> bucket.tell(() -> bucket.lease().end()));
		}
		this.link.close();
	}

	/**
	 * Tells what the store still keeps, for a test that nothing is left.
	 * @return what it keeps, empty if that is nothing
	 */
	String remainder() {
		StringBuilder remainder = new StringBuilder();
		running().buckets.forEach((bucket) -> remainder.append(bucket.remainder()));
		return remainder.toString();
	}

	/**
	 * Returns the registrations of this instance, for a test that no other one is left.
	 * @return one for each bucket
	 */
	List<String> registrations() {
		return running().buckets.stream().map((bucket) -> bucket.lease().registration()).toList();
	}

	/**
	 * Returns what draws ids and numbers in an application.
	 * @return it
	 */
	static Chance chance() {
		SecureRandom random = new SecureRandom();
		return new Chance(() -> randomId(random), () -> ThreadLocalRandom.current().nextLong(300));
	}

	private static String randomId(SecureRandom random) {
		String alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
		StringBuilder id = new StringBuilder();
		for (int i = 0; i < 12; i++) {
			id.append(alphabet.charAt(random.nextInt(alphabet.length())));
		}
		return id.toString();
	}

	private Bucket bucket(String topic) {
		return running().buckets.get(Keys.bucket(topic));
	}

	private Running running() {
		Running running = this.running;
		if (running == null) {
			throw new IllegalStateException("The store was used before start()");
		}
		return running;
	}

	/**
	 * What works once the store was started.
	 */
	private static final class Running implements RedisLink.Listener {

		private final StoreContext context;

		private final List<Bucket> buckets = new ArrayList<>();

		private final Kicks kicks;

		Running(StoreContext context) {
			this.context = context;
			for (int number = 0; number < Keys.BUCKETS; number++) {
				this.buckets.add(new Bucket(context, number));
			}
			this.kicks = new Kicks(context, context.chance().ids().get(), this.buckets);
		}

		void start() {
			this.context.link().start(this);
			this.kicks.start();
			this.buckets.forEach((bucket) -> bucket.tell(() -> bucket.lease().tick()));
		}

		@Override
		public void connected() {
			this.buckets.forEach((bucket) -> bucket.tell(() -> bucket.lease().connected()));
		}

		@Override
		public void subscribed(String channel) {
			int number = this.context.keys().bucketOf(channel);
			if (number >= 0) {
				Bucket bucket = this.buckets.get(number);
				bucket.tell(() -> bucket.subscribed(channel));
			}
		}

		@Override
		public void message(String channel, String message) {
			int number = this.context.keys().bucketOf(channel);
			if (number >= 0) {
				Bucket bucket = this.buckets.get(number);
				bucket.tell(() -> bucket.message(channel, message));
			}
			else if (!this.kicks.message(message)) {
				this.context.problems()
					.report(Message.isOfOtherVersion(message) ? Problem.OTHER_VERSION : Problem.FOREIGN_MESSAGE,
							channel);
			}
		}

		/**
		 * Describes how the buckets are.
		 * @param details what takes the description
		 * @return for how long one of them has been degraded, zero if none is
		 */
		Duration describe(Map<String, Object> details) {
			long now = this.context.scheduler().nanoTime();
			long degraded = 0;
			long longest = 0;
			long pending = 0;
			String because = null;
			for (Bucket bucket : this.buckets) {
				Long since = bucket.calls().degradedSince();
				pending += bucket.committer().pending();
				if (since != null) {
					degraded++;
					longest = Math.max(longest, Math.max(1, now - since));
					because = bucket.calls().degradedBecause();
				}
			}
			details.put("buckets", Keys.BUCKETS);
			details.put("degradedBuckets", degraded);
			details.put("degradedSeconds", Duration.ofNanos(longest).toSeconds());
			if (because != null) {
				details.put("degradedBecause", because);
			}
			details.put("pendingMarks", pending);
			return Duration.ofNanos(longest);
		}

	}

}
