/**
 * A Spring Boot application with rooms that show who is online.
 */
@NullMarked
package io.presence.sample;

import org.jspecify.annotations.NullMarked;
