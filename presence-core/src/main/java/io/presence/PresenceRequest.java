package io.presence;

import java.security.Principal;

import org.jspecify.annotations.Nullable;

/**
 * A question for the {@link PresenceAuthorizer}.
 *
 * @param action what is asked
 * @param topic the name of the topic
 * @param principal who is logged in, {@code null} if nobody is
 * @param userData the user data, {@code null} if the user is anonymous
 * @param connection the connection that asks, {@code null} for a request without one,
 * such as a snapshot over HTTP
 */
public record PresenceRequest(PresenceAction action, String topic, @Nullable Principal principal,
		@Nullable Object userData, @Nullable PresenceConnection connection) {

}
