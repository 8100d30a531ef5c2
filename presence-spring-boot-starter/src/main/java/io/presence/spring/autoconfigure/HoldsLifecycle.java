package io.presence.spring.autoconfigure;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

import org.springframework.boot.web.server.context.WebServerApplicationContext;

import io.presence.engine.PresenceEngine;

/**
 * Ends what the instance holds in the store, after the web server has stopped and before
 * the Redis client does.
 */
final class HoldsLifecycle extends EndingLifecycle {

	static final int PHASE = WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE - 1024;

	private final PresenceEngine engine;

	private final Duration timeout;

	HoldsLifecycle(PresenceEngine engine, Duration timeout) {
		super(PHASE);
		this.engine = engine;
		this.timeout = timeout;
	}

	@Override
	CompletionStage<?> end() {
		return this.engine.end(this.timeout);
	}

}
