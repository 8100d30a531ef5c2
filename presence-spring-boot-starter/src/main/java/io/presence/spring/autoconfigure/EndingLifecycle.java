package io.presence.spring.autoconfigure;

import java.util.concurrent.CompletionStage;

import org.springframework.context.SmartLifecycle;

/**
 * Does something when the application context stops, in a phase of its own.
 */
abstract class EndingLifecycle implements SmartLifecycle {

	private final int phase;

	private volatile boolean running;

	EndingLifecycle(int phase) {
		this.phase = phase;
	}

	/**
	 * Does it.
	 * @return completed when the next phase may begin
	 */
	abstract CompletionStage<?> end();

	@Override
	public void start() {
		this.running = true;
	}

	@Override
	public final void stop() {
		stop(() -> {
		});
	}

	@Override
	public final void stop(Runnable callback) {
		end().whenComplete((nothing, failure) -> {
			this.running = false;
			callback.run();
		});
	}

	@Override
	public final boolean isRunning() {
		return this.running;
	}

	@Override
	public final int getPhase() {
		return this.phase;
	}

	@Override
	public final boolean isPauseable() {
		return false;
	}

}
