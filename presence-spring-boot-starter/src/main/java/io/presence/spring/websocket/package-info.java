/**
 * Presence on WebSocket sessions: the endpoint, the decorator of an application's own
 * handler, and what moves frames between a session and the engine.
 */
@NullMarked
package io.presence.spring.websocket;

import org.jspecify.annotations.NullMarked;
