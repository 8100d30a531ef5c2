/**
 * Auto-configuration of presence in a Spring Boot application.
 */
@NullMarked
package io.presence.spring.autoconfigure;

import org.jspecify.annotations.NullMarked;
