package io.presence.engine;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A link that keeps the frames it was given, and can be made to take nothing.
 */
public final class RecordingTransport implements PresenceTransport {

	private final List<String> frames = new ArrayList<>();

	private @Nullable SendCallback waiting;

	private boolean stalled;

	private int pings;

	private @Nullable Integer closeCode;

	@Override
	public synchronized void send(String frame, SendCallback callback) {
		if (this.waiting != null) {
			throw new AssertionError("Two frames were sent at once");
		}
		this.frames.add(frame);
		if (this.stalled) {
			this.waiting = callback;
		}
		else {
			callback.done(null);
		}
	}

	@Override
	public synchronized void ping() {
		this.pings++;
	}

	@Override
	public synchronized void close(int code, String reason) {
		if (this.closeCode == null) {
			this.closeCode = code;
		}
	}

	/**
	 * Takes no more than the next frame until {@link #resume} is called.
	 */
	public synchronized void stall() {
		this.stalled = true;
	}

	/**
	 * Takes frames again.
	 */
	public void resume() {
		SendCallback callback;
		synchronized (this) {
			this.stalled = false;
			callback = this.waiting;
			this.waiting = null;
		}
		if (callback != null) {
			callback.done(null);
		}
	}

	/**
	 * Returns the frames since the last call.
	 * @return the frames, in order
	 */
	public synchronized List<String> take() {
		List<String> taken = List.copyOf(this.frames);
		this.frames.clear();
		return taken;
	}

	/**
	 * Returns how often the link was pinged.
	 * @return the number
	 */
	public synchronized int pings() {
		return this.pings;
	}

	/**
	 * Returns with what code the link was closed first.
	 * @return the code, {@code null} if it is open
	 */
	public synchronized @Nullable Integer closeCode() {
		return this.closeCode;
	}

}
