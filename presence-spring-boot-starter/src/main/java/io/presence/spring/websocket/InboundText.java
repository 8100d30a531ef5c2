package io.presence.spring.websocket;

import org.jspecify.annotations.Nullable;

import org.springframework.web.socket.TextMessage;

/**
 * Puts the parts of an inbound text frame together, so that a session needs no buffer of
 * the size of the largest frame. Used by one thread at a time.
 */
final class InboundText {

	private final int maxBytes;

	private @Nullable StringBuilder parts;

	private int bytes;

	InboundText(int maxBytes) {
		this.maxBytes = maxBytes;
	}

	/**
	 * Takes a part.
	 * @return the text if this was the last part, {@code null} if there is more to come
	 * @throws FrameTooLargeException if the parts are larger than allowed
	 */
	@Nullable String add(TextMessage message) {
		String part = message.getPayload();
		this.bytes += Utf8.length(part);
		if (this.bytes > this.maxBytes) {
			this.parts = null;
			throw new FrameTooLargeException();
		}
		if (!message.isLast()) {
			if (this.parts == null) {
				this.parts = new StringBuilder(part.length() * 2);
			}
			this.parts.append(part);
			return null;
		}
		String text = (this.parts != null) ? this.parts.append(part).toString() : part;
		this.parts = null;
		this.bytes = 0;
		return text;
	}

	/**
	 * A frame is larger than allowed.
	 */
	static final class FrameTooLargeException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		private FrameTooLargeException() {
			super(null, null, false, false);
		}

	}

}
