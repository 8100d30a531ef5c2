package io.presence.spring.security;

import java.util.Set;

import io.presence.PresenceAction;
import io.presence.PresenceRequest;

/**
 * Who may do what in which topics.
 *
 * @param pattern the topics
 * @param actions what it is about
 * @param allow who may
 * @param roles roles of which one is needed besides; empty for none
 */
public record AccessRule(TopicPattern pattern, Set<PresenceAction> actions, Allow allow, Set<String> roles) {

	/**
	 * Returns the rule that lets someone do everything everywhere.
	 * @param allow who may
	 * @return the rule
	 */
	public static AccessRule everywhere(Allow allow) {
		return new AccessRule(TopicPattern.of("**"), Set.of(PresenceAction.values()), allow, Set.of());
	}

	boolean isAbout(PresenceRequest request) {
		return this.actions.contains(request.action()) && this.pattern.matches(request.topic());
	}

	boolean isAllowed(PresenceRequest request, PrincipalInspector principals) {
		return switch (this.allow) {
			case ANYONE -> true;
			case AUTHENTICATED -> principals.isAuthenticated(request.principal())
					&& (this.roles.isEmpty() || principals.hasAnyRole(request.principal(), this.roles));
			case NOBODY -> false;
		};
	}

	/**
	 * Who may.
	 */
	public enum Allow {

		/** Everyone. */
		ANYONE,

		/** Everyone who is logged in. */
		AUTHENTICATED,

		/** Nobody. */
		NOBODY

	}

}
