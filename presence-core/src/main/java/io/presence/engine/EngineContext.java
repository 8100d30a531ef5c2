package io.presence.engine;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

import io.presence.PresenceLimitExceededException;
import io.presence.concurrent.Scheduler;
import io.presence.store.PresenceStore;

/**
 * What every part of an engine works with: its settings, the store, time, threads, and
 * what hears and counts. Knows whether the engine is stopping.
 */
final class EngineContext {

	private final PresenceSettings settings;

	private final Scheduler scheduler;

	private final Executor executor;

	private final PresenceStore store;

	private final PresenceMetrics metrics;

	private final Listeners listeners;

	private final Supplier<String> ids;

	private final List<AutoCloseable> owned;

	private volatile boolean stopping;

	EngineContext(PresenceEngineBuilder builder) {
		this.settings = builder.settings;
		this.scheduler = builder.scheduler();
		this.executor = builder.executor();
		this.store = builder.store(this.executor);
		this.metrics = builder.metrics;
		this.listeners = new Listeners(builder.listeners, builder.listenerExecutor(), builder.metrics);
		this.ids = builder.ids;
		this.owned = builder.owned();
	}

	PresenceSettings settings() {
		return this.settings;
	}

	PresenceSettings.Limits limits() {
		return this.settings.limits();
	}

	Scheduler scheduler() {
		return this.scheduler;
	}

	long now() {
		return this.scheduler.nanoTime();
	}

	Executor executor() {
		return this.executor;
	}

	PresenceStore store() {
		return this.store;
	}

	PresenceMetrics metrics() {
		return this.metrics;
	}

	Listeners listeners() {
		return this.listeners;
	}

	/**
	 * Returns an id that was never given before.
	 */
	String newId() {
		return this.ids.get();
	}

	boolean isStopping() {
		return this.stopping;
	}

	void stop() {
		this.stopping = true;
	}

	/**
	 * Counts that something is over a limit.
	 * @return what refuses it
	 */
	PresenceLimitExceededException limitExceeded(String property, String message) {
		this.metrics.limitExceeded(property);
		return new PresenceLimitExceededException(property, message);
	}

	/**
	 * Closes the store, and the threads that the engine made itself.
	 */
	void close() {
		this.listeners.close();
		this.store.close();
		for (AutoCloseable resource : this.owned) {
			try {
				resource.close();
			}
			catch (Exception ex) {
				throw new IllegalStateException("A resource of the presence engine could not be freed", ex);
			}
		}
	}

}
