package io.presence.engine;

import java.time.Duration;
import java.util.Collection;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import io.presence.concurrent.Scheduler;
import io.presence.concurrent.Scheduler.Cancellable;

/**
 * Pings the connections and gives up those that are silent, take nothing or were opened
 * for nothing. One sweep serves all; there is none while there are no connections.
 */
final class Liveness {

	private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

	private static final Duration SHORTEST_PAUSE = Duration.ofMillis(10);

	private final Scheduler scheduler;

	private final Collection<ClientSession> sessions;

	private final Duration pause;

	private @Nullable Cancellable timer;

	private boolean ended;

	Liveness(PresenceSettings settings, Scheduler scheduler, Collection<ClientSession> sessions) {
		this.scheduler = scheduler;
		this.sessions = sessions;
		this.pause = pause(settings);
	}

	synchronized void begin() {
		if (this.timer == null && !this.ended && !this.sessions.isEmpty()) {
			this.timer = this.scheduler.schedule(this::sweep, this.pause);
		}
	}

	synchronized void end() {
		this.ended = true;
		if (this.timer != null) {
			this.timer.cancel();
			this.timer = null;
		}
	}

	private void sweep() {
		long now = this.scheduler.nanoTime();
		this.sessions.forEach((session) -> session.check(now));
		synchronized (this) {
			this.timer = null;
		}
		begin();
	}

	private static Duration pause(PresenceSettings settings) {
		return Stream
			.of(settings.pingInterval(), settings.pongTimeout(), settings.sendTimeout(), settings.subscribeTimeout())
			.filter((duration) -> !duration.isZero())
			.map((duration) -> duration.dividedBy(4))
			.min(Duration::compareTo)
			.filter((shortest) -> shortest.compareTo(LONGEST_PAUSE) < 0)
			.map((shortest) -> (shortest.compareTo(SHORTEST_PAUSE) > 0) ? shortest : SHORTEST_PAUSE)
			.orElse(LONGEST_PAUSE);
	}

}
