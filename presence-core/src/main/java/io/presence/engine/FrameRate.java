package io.presence.engine;

/**
 * Counts the frames that a connection sends in each second since the first.
 */
final class FrameRate {

	private static final long SECOND = 1_000_000_000L;

	private static final int PATIENCE = 3;

	private final int max;

	private long second;

	private int frames;

	private int exceededSeconds;

	private boolean begun;

	FrameRate(int max) {
		this.max = max;
	}

	/**
	 * Counts frames.
	 * @return how many of them are allowed
	 */
	int allow(int count, long now) {
		if (!this.begun) {
			this.begun = true;
			this.second = now;
		}
		long passed = (now - this.second) / SECOND;
		if (passed > 0) {
			if (this.frames <= this.max || passed > 1) {
				this.exceededSeconds = 0;
			}
			this.second += passed * SECOND;
			this.frames = 0;
		}
		int allowed = Math.min(count, Math.max(0, this.max - this.frames));
		boolean exceededBefore = this.frames > this.max;
		this.frames = (int) Math.min(Integer.MAX_VALUE, (long) this.frames + count);
		if (!exceededBefore && this.frames > this.max) {
			this.exceededSeconds++;
		}
		return allowed;
	}

	/**
	 * Tells whether the connection has sent too much for three seconds in a row.
	 */
	boolean isAbuse() {
		return this.exceededSeconds >= PATIENCE;
	}

	/**
	 * Returns when frames are taken again.
	 * @return nanoseconds from now
	 */
	long retryAfter(long now) {
		return Math.max(0, this.second + SECOND - now);
	}

}
