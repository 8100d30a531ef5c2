package io.presence.engine;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.presence.PresenceAuthorizer;
import io.presence.PresenceListener;
import io.presence.PresenceSelector;
import io.presence.concurrent.Scheduler;
import io.presence.concurrent.SystemScheduler;
import io.presence.json.JsonLimits;
import io.presence.privacy.Selection;
import io.presence.privacy.SensitiveNames;
import io.presence.store.InMemoryPresenceStore;
import io.presence.store.PresenceStore;

/**
 * Puts a {@link PresenceEngine} together. What is not given has a default: an in-memory
 * store, threads of its own that end with the engine, everyone allowed everything, every
 * topic tracked by key.
 */
public final class PresenceEngineBuilder {

	private static final SecureRandom random = new SecureRandom();

	PresenceSettings settings = PresenceSettings.defaults();

	PresenceAuthorizer authorizer = (request) -> true;

	TopicRules topicRules = TopicRules.ALL_BY_KEY;

	PresenceMetrics metrics = PresenceMetrics.NONE;

	List<PresenceListener> listeners = List.of();

	Supplier<String> ids = PresenceEngineBuilder::randomId;

	private @Nullable PresenceStore store;

	private @Nullable PresenceSelector selector;

	private SensitiveNames sensitiveNames = SensitiveNames.defaults();

	private String key = "id";

	private @Nullable Scheduler scheduler;

	private @Nullable Executor executor;

	private @Nullable Executor listenerExecutor;

	private final List<AutoCloseable> owned = new ArrayList<>();

	PresenceEngineBuilder() {
	}

	/**
	 * Sets how the engine behaves; by default as documented.
	 * @param settings the settings
	 * @return this
	 */
	public PresenceEngineBuilder settings(PresenceSettings settings) {
		this.settings = settings;
		return this;
	}

	/**
	 * Sets what the instances share; by default nothing.
	 * @param store the store, which the engine closes
	 * @return this
	 */
	public PresenceEngineBuilder store(PresenceStore store) {
		this.store = store;
		return this;
	}

	/**
	 * Sets the field of the public data that identifies a member; by default {@code id}.
	 * @param key the name of the field
	 * @return this
	 */
	public PresenceEngineBuilder key(String key) {
		this.key = key;
		return this;
	}

	/**
	 * Sets what chooses the public data; by default all whose name is not sensitive.
	 * @param selector the selector, {@code null} for the default
	 * @return this
	 */
	public PresenceEngineBuilder selector(@Nullable PresenceSelector selector) {
		this.selector = selector;
		return this;
	}

	/**
	 * Sets which names are sensitive.
	 * @param sensitiveNames the names
	 * @return this
	 */
	public PresenceEngineBuilder sensitiveNames(SensitiveNames sensitiveNames) {
		this.sensitiveNames = sensitiveNames;
		return this;
	}

	/**
	 * Sets who may do what; by default everyone everything.
	 * @param authorizer the authorizer
	 * @return this
	 */
	public PresenceEngineBuilder authorizer(PresenceAuthorizer authorizer) {
		this.authorizer = authorizer;
		return this;
	}

	/**
	 * Sets how topics are tracked; by default all by key.
	 * @param topicRules the rules
	 * @return this
	 */
	public PresenceEngineBuilder topicRules(TopicRules topicRules) {
		this.topicRules = topicRules;
		return this;
	}

	/**
	 * Sets what counts; by default nothing does.
	 * @param metrics the metrics
	 * @return this
	 */
	public PresenceEngineBuilder metrics(PresenceMetrics metrics) {
		this.metrics = metrics;
		return this;
	}

	/**
	 * Sets what hears of events.
	 * @param listeners the listeners
	 * @return this
	 */
	public PresenceEngineBuilder listeners(List<? extends PresenceListener> listeners) {
		this.listeners = List.copyOf(listeners);
		return this;
	}

	/**
	 * Sets the time; by default that of the machine.
	 * @param scheduler the scheduler, which the engine does not close
	 * @return this
	 */
	public PresenceEngineBuilder scheduler(Scheduler scheduler) {
		this.scheduler = scheduler;
		return this;
	}

	/**
	 * Sets what runs work that no caller runs, and what applications hang on stages; by
	 * default a few daemon threads.
	 * @param executor the executor, which the engine does not close
	 * @return this
	 */
	public PresenceEngineBuilder executor(Executor executor) {
		this.executor = executor;
		return this;
	}

	/**
	 * Sets what runs listeners, one thread each at the most; by default daemon threads.
	 * @param executor the executor, which the engine does not close
	 * @return this
	 */
	public PresenceEngineBuilder listenerExecutor(Executor executor) {
		this.listenerExecutor = executor;
		return this;
	}

	/**
	 * Sets where ids of connections and epochs come from, for runs that must repeat
	 * exactly.
	 */
	PresenceEngineBuilder ids(Supplier<String> ids) {
		this.ids = ids;
		return this;
	}

	/**
	 * Puts the engine together and starts it.
	 * @return the engine
	 * @throws IllegalArgumentException if the key is a name that is never shown
	 */
	public PresenceEngine build() {
		return new PresenceEngine(this);
	}

	Scheduler scheduler() {
		Scheduler scheduler = this.scheduler;
		if (scheduler == null) {
			SystemScheduler own = new SystemScheduler("presence-timer");
			this.owned.add(own);
			scheduler = own;
		}
		return scheduler;
	}

	Executor executor() {
		Executor executor = this.executor;
		return (executor != null) ? executor
				: own(Executors.newFixedThreadPool(Math.max(4, 2 * Runtime.getRuntime().availableProcessors()),
						threads("presence-worker-")));
	}

	Executor listenerExecutor() {
		Executor executor = this.listenerExecutor;
		if (executor == null && this.listeners.isEmpty()) {
			return Runnable::run;
		}
		return (executor != null) ? executor : own(Executors.newCachedThreadPool(threads("presence-listener-")));
	}

	PresenceStore store(Executor executor) {
		PresenceStore store = this.store;
		return (store != null) ? store : new InMemoryPresenceStore(executor, 0);
	}

	Selection selection() {
		return new Selection(this.selector, this.sensitiveNames, this.key, this.settings.limits().maxDataBytes(),
				JsonLimits.DEFAULT);
	}

	List<AutoCloseable> owned() {
		return List.copyOf(this.owned);
	}

	private static String randomId() {
		byte[] bytes = new byte[16];
		random.nextBytes(bytes);
		return "c" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
	}

	private Executor own(ExecutorService executor) {
		this.owned.add(executor::shutdownNow);
		return executor;
	}

	private static ThreadFactory threads(String prefix) {
		AtomicInteger number = new AtomicInteger();
		return (task) -> {
			Thread thread = new Thread(task, prefix + number.incrementAndGet());
			thread.setDaemon(true);
			return thread;
		};
	}

}
