package io.presence;

import java.net.URI;
import java.security.Principal;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a client that asks for a connection, before it has one.
 *
 * @param uri the address that was asked for, with its query
 * @param headers the HTTP headers; names ignore case
 * @param parameters the parameters of the query, decoded
 * @param principal who is logged in, {@code null} if nobody is
 * @param remoteAddress the address of the client as text, {@code null} if it is unknown
 */
public record PresenceHandshake(URI uri, Map<String, List<String>> headers, Map<String, List<String>> parameters,
		@Nullable Principal principal, @Nullable String remoteAddress) {

	/**
	 * Returns the first value of a parameter.
	 * @param name the name of the parameter
	 * @return its value, {@code null} if there is none
	 */
	public @Nullable String parameter(String name) {
		List<String> values = this.parameters.get(name);
		return (values != null && !values.isEmpty()) ? values.get(0) : null;
	}

}
