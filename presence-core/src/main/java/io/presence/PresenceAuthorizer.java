package io.presence;

/**
 * Decides who may join, observe and publish where. Transports ask it on every path to a
 * roster, on the thread that read the request.
 */
@FunctionalInterface
public interface PresenceAuthorizer {

	/**
	 * Tells whether a request is allowed. To throw is to deny.
	 * @param request who asks for what
	 * @return whether it is allowed
	 */
	boolean isAllowed(PresenceRequest request);

}
