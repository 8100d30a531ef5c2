package io.presence.engine;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.presence.PresenceAction;
import io.presence.PresenceAuthorizer;
import io.presence.PresenceRequest;
import io.presence.concurrent.Failures;

/**
 * Asks the authorizer. One that throws has denied.
 */
final class Access {

	private static final Logger logger = LoggerFactory.getLogger(PresenceAuthorizer.class);

	private final PresenceAuthorizer authorizer;

	private final TopicPolicy policy;

	private final PresenceMetrics metrics;

	Access(PresenceAuthorizer authorizer, TopicPolicy policy, PresenceMetrics metrics) {
		this.authorizer = authorizer;
		this.policy = policy;
		this.metrics = metrics;
	}

	boolean isAllowed(PresenceAction action, String topic, Connection connection) {
		return isAllowed(new PresenceRequest(action, topic, connection.principal(), connection.user(), connection));
	}

	boolean isAllowed(PresenceRequest request) {
		try {
			if (this.policy.isTracked(request.topic()) && this.authorizer.isAllowed(request)) {
				return true;
			}
		}
		catch (Exception | Error ex) {
			Failures.rethrowIfFatal(ex);
			logger.warn("The presence authorizer {} failed, so the request was denied",
					this.authorizer.getClass().getName(), ex);
		}
		this.metrics.denied();
		return false;
	}

}
