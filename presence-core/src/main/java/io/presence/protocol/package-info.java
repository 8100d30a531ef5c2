/**
 * The wire protocol: what clients may send, and the frames that they get.
 */
@NullMarked
package io.presence.protocol;

import org.jspecify.annotations.NullMarked;
