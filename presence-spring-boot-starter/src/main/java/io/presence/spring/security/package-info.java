/**
 * Who may do what in which topic: the rules, and what they ask of a principal.
 */
@NullMarked
package io.presence.spring.security;

import org.jspecify.annotations.NullMarked;
