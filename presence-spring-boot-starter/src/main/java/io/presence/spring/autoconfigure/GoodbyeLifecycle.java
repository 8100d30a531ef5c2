package io.presence.spring.autoconfigure;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.web.server.context.WebServerApplicationContext;

import io.presence.engine.PresenceEngine;

/**
 * Says goodbye to the connections and closes them, paced, before the web server begins
 * its graceful shutdown: what happens to them afterwards would be lost.
 */
final class GoodbyeLifecycle extends EndingLifecycle {

	static final int PHASE = WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE + 512;

	private static final Logger logger = LoggerFactory.getLogger(GoodbyeLifecycle.class);

	private final PresenceEngine engine;

	private final Duration timeout;

	private final Duration phaseTimeout;

	private volatile boolean stopping;

	/**
	 * Creates a lifecycle.
	 * @param engine the engine
	 * @param timeout how long the goodbye may take
	 * @param phaseTimeout after how long Spring goes on without it
	 */
	GoodbyeLifecycle(PresenceEngine engine, Duration timeout, Duration phaseTimeout) {
		super(PHASE);
		this.engine = engine;
		this.timeout = timeout;
		this.phaseTimeout = phaseTimeout;
	}

	@Override
	public void start() {
		if (this.stopping) {
			throw new IllegalStateException("Presence has said goodbye and cannot start again in the same application"
					+ " context: create a new one");
		}
		if (this.timeout.compareTo(this.phaseTimeout) > 0) {
			logger.warn(
					"presence.shutdown.timeout is {} but spring.lifecycle.timeout-per-shutdown-phase ends each phase"
							+ " of a shutdown after {}: raise that, or lower presence.shutdown.timeout",
					this.timeout, this.phaseTimeout);
		}
		super.start();
	}

	@Override
	CompletionStage<?> end() {
		this.stopping = true;
		return this.engine.goodbye(this.timeout);
	}

	/**
	 * Tells whether presence says goodbye or has done so.
	 */
	boolean isStopping() {
		return this.stopping;
	}

}
