package io.presence.protocol;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * A frame is refused. Its connection stays open and keeps everything it had.
 */
public final class FrameException extends Exception {

	@Serial
	private static final long serialVersionUID = 1L;

	private final ErrorCode code;

	private final String answer;

	private FrameException(ErrorCode code, String message, String answer) {
		super(message, null, false, false);
		this.code = code;
		this.answer = answer;
	}

	static FrameException error(ErrorCode code, String message, @Nullable String topic, @Nullable Long ref) {
		return new FrameException(code, message, FrameWriter.error(code, message, topic, ref));
	}

	static FrameException denied(String message, String topic, @Nullable Long ref) {
		return new FrameException(ErrorCode.INVALID_TOPIC, message,
				FrameWriter.denied(topic, DenialReason.INVALID_TOPIC, ref));
	}

	/**
	 * Returns what was wrong.
	 * @return the code, also where the answer is a {@code subscribe-denied}
	 */
	public ErrorCode code() {
		return this.code;
	}

	/**
	 * Returns the frame that answers the refused one.
	 * @return an {@code error} or {@code subscribe-denied} frame
	 */
	public String answer() {
		return this.answer;
	}

}
