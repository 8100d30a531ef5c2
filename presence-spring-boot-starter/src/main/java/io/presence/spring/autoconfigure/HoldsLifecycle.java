package io.presence.spring.autoconfigure;

import java.time.Duration;

import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

import io.presence.engine.PresenceEngine;

/**
 * Ends what the instance holds in the store, after the web server has stopped and before
 * the Redis client does.
 */
final class HoldsLifecycle implements SmartLifecycle {

	static final int PHASE = WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE - 1024;

	private final PresenceEngine engine;

	private final Duration timeout;

	private volatile boolean running;

	HoldsLifecycle(PresenceEngine engine, Duration timeout) {
		this.engine = engine;
		this.timeout = timeout;
	}

	@Override
	public void start() {
		this.running = true;
	}

	@Override
	public void stop() {
		stop(() -> {
		});
	}

	@Override
	public void stop(Runnable callback) {
		this.engine.end(this.timeout).whenComplete((nothing, failure) -> {
			this.running = false;
			callback.run();
		});
	}

	@Override
	public boolean isRunning() {
		return this.running;
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
