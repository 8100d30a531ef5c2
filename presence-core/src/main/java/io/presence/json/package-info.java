/**
 * JSON texts: one text for each value, so that equal values are equal texts.
 */
@NullMarked
package io.presence.json;

import org.jspecify.annotations.NullMarked;
