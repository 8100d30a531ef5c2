/**
 * Tests of the sample application, most of them with real processes and browsers.
 */
@NullMarked
package io.presence.sample;

import org.jspecify.annotations.NullMarked;
