/**
 * Keeps the shared truth in Redis: scripts, replica feed and leases.
 */
@NullMarked
package io.presence.redis;

import org.jspecify.annotations.NullMarked;
