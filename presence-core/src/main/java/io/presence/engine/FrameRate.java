package io.presence.engine;

/**
 * Counts the frames that a connection sends in each second.
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
		if (!this.begun || now - this.second >= SECOND) {
			if (this.begun && (this.frames <= this.max || now - this.second >= 2 * SECOND)) {
				this.exceededSeconds = 0;
			}
			this.begun = true;
			this.second = now;
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
