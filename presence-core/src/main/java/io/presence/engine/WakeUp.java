package io.presence.engine;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import io.presence.concurrent.Mailbox;
import io.presence.concurrent.Scheduler;
import io.presence.concurrent.Scheduler.Cancellable;

/**
 * Wakes a topic when something is due in it: one timer, set to the earliest time that was
 * asked for.
 */
final class WakeUp {

	private final Mailbox topic;

	private final Scheduler scheduler;

	private @Nullable Cancellable timer;

	private long timerAt;

	WakeUp(Mailbox topic, Scheduler scheduler) {
		this.topic = topic;
		this.scheduler = scheduler;
	}

	/**
	 * Sets the next time, {@link Audience#NEVER} for none.
	 */
	void at(long next, long now) {
		if (this.timer != null && this.timerAt <= next && next != Audience.NEVER) {
			return;
		}
		if (this.timer != null) {
			this.timer.cancel();
			this.timer = null;
		}
		if (next != Audience.NEVER) {
			this.timerAt = next;
			this.timer = this.scheduler.schedule(() -> this.topic.tell(() -> this.timer = null),
					Duration.ofNanos(Math.max(0, next - now)));
		}
	}

}
