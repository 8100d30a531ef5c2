package io.presence.spring.autoconfigure;

import java.time.Duration;

import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

import io.presence.engine.PresenceEngine;

/**
 * Says goodbye to the connections and closes them, paced, before the web server begins
 * its graceful shutdown: what happens to them afterwards would be lost.
 */
final class GoodbyeLifecycle implements SmartLifecycle {

	static final int PHASE = WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE + 512;

	private final PresenceEngine engine;

	private final Duration timeout;

	private volatile boolean running;

	private volatile boolean stopping;

	GoodbyeLifecycle(PresenceEngine engine, Duration timeout) {
		this.engine = engine;
		this.timeout = timeout;
	}

	@Override
	public void start() {
		if (this.stopping) {
			throw new IllegalStateException("Presence has said goodbye and cannot start again in the same application"
					+ " context: create a new one");
		}
		this.running = true;
	}

	@Override
	public void stop() {
		stop(() -> {
		});
	}

	@Override
	public void stop(Runnable callback) {
		this.stopping = true;
		this.engine.goodbye(this.timeout).whenComplete((nothing, failure) -> {
			this.running = false;
			callback.run();
		});
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	/**
	 * Tells whether presence says goodbye or has done so.
	 */
	boolean isStopping() {
		return this.stopping;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

}
