/**
 * What presence costs on one instance in memory, without sockets.
 */
@NullMarked
package io.presence.benchmarks;

import org.jspecify.annotations.NullMarked;
