/**
 * Presence over HTTP: the snapshot of a topic.
 */
@NullMarked
package io.presence.spring.http;

import org.jspecify.annotations.NullMarked;
