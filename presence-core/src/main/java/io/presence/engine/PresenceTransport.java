package io.presence.engine;

import org.jspecify.annotations.Nullable;

/**
 * Where the frames of one connection go. No method waits. The engine sends one frame at a
 * time: the next one when the callback of the one before was called.
 */
public interface PresenceTransport {

	/**
	 * Sends a text frame.
	 * @param frame the text
	 * @param callback called once, on any thread, also before this method returns
	 */
	void send(String frame, SendCallback callback);

	/**
	 * Sends a ping, if the link has such a thing, whenever the frame that is on its way
	 * allows it. What answers it is told with {@link ClientSession#alive()}.
	 */
	void ping();

	/**
	 * Closes the link. May be called more than once.
	 * @param code the close code
	 * @param reason a short text
	 */
	void close(int code, String reason);

	/**
	 * Hears that a frame has left.
	 */
	@FunctionalInterface
	interface SendCallback {

		/**
		 * Called when the frame was taken by the link, or failed.
		 * @param failure why it failed, {@code null} if it did not
		 */
		void done(@Nullable Throwable failure);

	}

}
