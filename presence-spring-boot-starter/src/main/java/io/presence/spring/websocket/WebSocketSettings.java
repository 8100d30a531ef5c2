package io.presence.spring.websocket;

import java.time.Duration;

/**
 * How sessions are treated.
 *
 * @param maxFrameBytes UTF-8 bytes of an inbound frame of the endpoint
 * @param maxOutboundBytes UTF-8 bytes that may wait for a session
 * @param sendTimeout how long a session may take nothing
 * @param idleTimeout how long nothing at all may happen on a session of the endpoint;
 * more than the time after which the engine gives a silent connection up
 * @param ownSendingThreads whether frames are sent on threads of presence's own where the
 * container would need its worker threads, which are limited in number
 */
public record WebSocketSettings(int maxFrameBytes, int maxOutboundBytes, Duration sendTimeout, Duration idleTimeout,
		boolean ownSendingThreads) {

}
