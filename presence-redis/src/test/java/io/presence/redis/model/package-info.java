/**
 * What the scripts do to Redis, as plain Java: for tests that need no server, and to
 * compare with a real one.
 */
@NullMarked
package io.presence.redis.model;

import org.jspecify.annotations.NullMarked;
