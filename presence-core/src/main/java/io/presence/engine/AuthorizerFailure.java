package io.presence.engine;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.presence.PresenceAuthorizer;

/**
 * Logs that an authorizer threw.
 */
final class AuthorizerFailure {

	private static final Logger logger = LoggerFactory.getLogger(PresenceAuthorizer.class);

	private AuthorizerFailure() {
	}

	static void log(PresenceAuthorizer authorizer, Throwable failure) {
		logger.warn("The presence authorizer {} failed, so the request was denied", authorizer.getClass().getName(),
				failure);
	}

}
