/**
 * Chooses what others may see of a user, and the key that the user is known by.
 */
@NullMarked
package io.presence.privacy;

import org.jspecify.annotations.NullMarked;
