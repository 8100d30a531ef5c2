/**
 * Holds the running server to the wire protocol, over real sockets and with frames that
 * are written by hand.
 */
@NullMarked
package io.presence.spring.conformance;

import org.jspecify.annotations.NullMarked;
