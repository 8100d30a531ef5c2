/**
 * What an application uses: the service that tells who is present, and the interfaces
 * that it may implement to decide who a user is, what others see and who may look.
 */
@NullMarked
package io.presence;

import org.jspecify.annotations.NullMarked;
