package io.presence.spring.security;

import java.security.Principal;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Tells what rules need to know of a principal.
 */
public interface PrincipalInspector {

	/** Whoever has a principal is logged in, and nobody has a role. */
	PrincipalInspector PLAIN = new PrincipalInspector() {

		@Override
		public boolean isAuthenticated(@Nullable Principal principal) {
			return principal != null;
		}

		@Override
		public boolean hasAnyRole(@Nullable Principal principal, Set<String> roles) {
			return false;
		}

	};

	/**
	 * Tells whether somebody is logged in.
	 * @param principal the principal, {@code null} if there is none
	 * @return whether it stands for a user who is logged in
	 */
	boolean isAuthenticated(@Nullable Principal principal);

	/**
	 * Tells whether somebody has one of several roles.
	 * @param principal the principal, {@code null} if there is none
	 * @param roles the names of the roles
	 * @return whether it has at least one of them
	 */
	boolean hasAnyRole(@Nullable Principal principal, Set<String> roles);

}
