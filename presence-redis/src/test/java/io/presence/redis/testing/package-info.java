/**
 * Real Redis servers for tests: alone, as a Cluster, with Sentinel, behind TLS; stopped,
 * frozen and restarted at will.
 */
@NullMarked
package io.presence.redis.testing;

import org.jspecify.annotations.NullMarked;
