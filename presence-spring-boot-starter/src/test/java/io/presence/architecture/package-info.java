/**
 * The rules of the architecture, as tests over the classes of every module.
 */
@NullMarked
package io.presence.architecture;

import org.jspecify.annotations.NullMarked;
