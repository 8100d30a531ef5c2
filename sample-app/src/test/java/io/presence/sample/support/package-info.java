/**
 * Real processes for tests: the packaged application, a browser, and a network that fails
 * on demand.
 */
@NullMarked
package io.presence.sample.support;

import org.jspecify.annotations.NullMarked;
