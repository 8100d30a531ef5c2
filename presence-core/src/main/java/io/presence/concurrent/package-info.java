/**
 * Time and threads as small interfaces, so that all logic runs in a test as it runs in an
 * application.
 */
@NullMarked
package io.presence.concurrent;

import org.jspecify.annotations.NullMarked;
