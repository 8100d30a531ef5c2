package io.presence.spring.security;

import java.util.List;

import io.presence.PresenceAuthorizer;
import io.presence.PresenceRequest;

/**
 * Decides by rules: the first that is about the request counts, and no such rule denies.
 */
public final class RulesAuthorizer implements PresenceAuthorizer {

	private final List<AccessRule> rules;

	private final PrincipalInspector principals;

	/**
	 * Creates an authorizer.
	 * @param rules the rules, in order
	 * @param principals tells what a principal is
	 */
	public RulesAuthorizer(List<AccessRule> rules, PrincipalInspector principals) {
		this.rules = List.copyOf(rules);
		this.principals = principals;
	}

	@Override
	public boolean isAllowed(PresenceRequest request) {
		for (AccessRule rule : this.rules) {
			if (rule.isAbout(request)) {
				return rule.isAllowed(request, this.principals);
			}
		}
		return false;
	}

}
