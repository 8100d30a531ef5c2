/**
 * The frames of the wire protocol: what clients send, checked, and what they are sent.
 */
@NullMarked
package io.presence.protocol;

import org.jspecify.annotations.NullMarked;
