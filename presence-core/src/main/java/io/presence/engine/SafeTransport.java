package io.presence.engine;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A transport that never throws, so that one link that fails in an unforeseen way stops
 * nothing that is done for all of them. A frame that it throws for has failed.
 *
 * @param delegate the transport
 */
record SafeTransport(PresenceTransport delegate) implements PresenceTransport {

	private static final Logger logger = LoggerFactory.getLogger(SafeTransport.class);

	@Override
	public void send(String frame, SendCallback callback) {
		try {
			this.delegate.send(frame, callback);
		}
		catch (RuntimeException | Error ex) {
			callback.done(ex);
		}
	}

	@Override
	public void ping() {
		try {
			this.delegate.ping();
		}
		catch (RuntimeException | Error ex) {
			logger.warn("A link could not be pinged", ex);
		}
	}

	@Override
	public void close(int code, String reason) {
		try {
			this.delegate.close(code, reason);
		}
		catch (RuntimeException | Error ex) {
			logger.warn("A link could not be closed with {}", code, ex);
		}
	}

}
