package io.presence.spring.security;

import java.security.Principal;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.security.authentication.AuthenticationTrustResolver;
import org.springframework.security.authentication.AuthenticationTrustResolverImpl;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;

/**
 * Knows the authentications of Spring Security. A role is granted by the authority of its
 * name, with or without the prefix {@code ROLE_}.
 */
public final class SpringSecurityPrincipalInspector implements PrincipalInspector {

	private static final String ROLE_PREFIX = "ROLE_";

	private final AuthenticationTrustResolver trust = new AuthenticationTrustResolverImpl();

	@Override
	public boolean isAuthenticated(@Nullable Principal principal) {
		if (principal instanceof Authentication authentication) {
			return this.trust.isAuthenticated(authentication);
		}
		return principal != null;
	}

	@Override
	public boolean hasAnyRole(@Nullable Principal principal, Set<String> roles) {
		if (principal instanceof Authentication authentication) {
			for (GrantedAuthority granted : authentication.getAuthorities()) {
				String authority = granted.getAuthority();
				if (authority != null && (roles.contains(authority) || (authority.startsWith(ROLE_PREFIX)
						&& roles.contains(authority.substring(ROLE_PREFIX.length()))))) {
					return true;
				}
			}
		}
		return false;
	}

}
