package io.presence.sample;

import org.jspecify.annotations.Nullable;

/**
 * Who somebody says to be.
 *
 * @param id identifies the user
 * @param name the name that others see
 */
record DemoUser(String id, String name) {

	/**
	 * Returns the user of a request's parameters.
	 * @param user the value of {@code user}
	 * @param name the value of {@code name}; without one, the user is called by its id
	 * @return the user, {@code null} for somebody anonymous
	 */
	static @Nullable DemoUser of(@Nullable String user, @Nullable String name) {
		if (user == null || user.isBlank()) {
			return null;
		}
		return new DemoUser(user, (name == null || name.isBlank()) ? user : name);
	}

}
