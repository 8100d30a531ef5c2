/**
 * The port to what the instances share, and the store for an instance that is alone.
 */
@NullMarked
package io.presence.store;

import org.jspecify.annotations.NullMarked;
