/**
 * What operators see of presence: health, an endpoint, and metrics.
 */
@NullMarked
package io.presence.spring.actuate;

import org.jspecify.annotations.NullMarked;
