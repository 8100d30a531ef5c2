package io.presence.spring.autoconfigure;

import java.security.Principal;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.authority.AuthorityUtils;

import io.presence.PresenceAction;
import io.presence.PresenceAuthorizer;
import io.presence.PresenceRequest;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PresenceSecurityAutoConfiguration}.
 */
@ExtendWith(OutputCaptureExtension.class)
class PresenceSecurityAutoConfigurationTests {

	private static final Principal PLAIN = () -> "ann";

	private static final Principal USER = new TestingAuthenticationToken("ann", "", "ROLE_USER");

	private static final Principal ADMIN = new TestingAuthenticationToken("root", "", "ROLE_ADMIN", "SCOPE_ops");

	private static final Principal ANONYMOUS = new AnonymousAuthenticationToken("key", "anonymousUser",
			AuthorityUtils.createAuthorityList("ROLE_ANONYMOUS"));

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(PresenceSecurityAutoConfiguration.class));

	private final ApplicationContextRunner withoutSecurity = this.runner
		.withClassLoader(new FilteredClassLoader("org.springframework.security"));

	@Test
	void withoutRulesAndSpringSecurityEveryoneMayWithOneWarning(CapturedOutput output) {
		this.withoutSecurity.run((context) -> {
			PresenceAuthorizer authorizer = context.getBean(PresenceAuthorizer.class);
			assertThat(authorizer.isAllowed(request(PresenceAction.JOIN, "room:1", null))).isTrue();
			assertThat(authorizer.isAllowed(request(PresenceAction.OBSERVE, "room:1", PLAIN))).isTrue();
			assertThat(output.getOut().lines().filter((line) -> line.contains("WARN"))).singleElement()
				.asString()
				.contains("presence.access");
		});
	}

	@Test
	void withoutRulesButSpringSecurityOneMustBeLoggedIn(CapturedOutput output) {
		this.runner.run((context) -> {
			PresenceAuthorizer authorizer = context.getBean(PresenceAuthorizer.class);
			assertThat(authorizer.isAllowed(request(PresenceAction.JOIN, "room:1", null))).isFalse();
			assertThat(authorizer.isAllowed(request(PresenceAction.JOIN, "room:1", ANONYMOUS))).isFalse();
			assertThat(authorizer.isAllowed(request(PresenceAction.JOIN, "room:1", USER))).isTrue();
			assertThat(output).doesNotContain("WARN");
		});
	}

	@Test
	void firstMatchDecidesAndNoMatchDenies() {
		this.runner
			.withPropertyValues("presence.access[0].pattern=room:secret", "presence.access[0].allow=nobody",
					"presence.access[1].pattern=room:*", "presence.access[1].actions=observe",
					"presence.access[1].allow=anyone", "presence.access[2].pattern=room:*")
			.run((context) -> {
				PresenceAuthorizer authorizer = context.getBean(PresenceAuthorizer.class);
				assertThat(authorizer.isAllowed(request(PresenceAction.OBSERVE, "room:secret", ADMIN))).isFalse();
				assertThat(authorizer.isAllowed(request(PresenceAction.OBSERVE, "room:1", null))).isTrue();
				assertThat(authorizer.isAllowed(request(PresenceAction.JOIN, "room:1", null))).isFalse();
				assertThat(authorizer.isAllowed(request(PresenceAction.JOIN, "room:1", USER))).isTrue();
				assertThat(authorizer.isAllowed(request(PresenceAction.JOIN, "hall:1", ADMIN))).isFalse();
			});
	}

	@Test
	void rolesAreGrantedByAuthorities() {
		this.runner
			.withPropertyValues("presence.access[0].pattern=admin:**", "presence.access[0].roles=ADMIN",
					"presence.access[1].pattern=ops:**", "presence.access[1].roles=SCOPE_ops")
			.run((context) -> {
				PresenceAuthorizer authorizer = context.getBean(PresenceAuthorizer.class);
				assertThat(authorizer.isAllowed(request(PresenceAction.JOIN, "admin:1", ADMIN))).isTrue();
				assertThat(authorizer.isAllowed(request(PresenceAction.JOIN, "admin:1", USER))).isFalse();
				assertThat(authorizer.isAllowed(request(PresenceAction.JOIN, "admin:1", PLAIN))).isFalse();
				assertThat(authorizer.isAllowed(request(PresenceAction.JOIN, "ops:1", ADMIN))).isTrue();
			});
	}

	@Test
	void rulesWorkWithoutSpringSecurity(CapturedOutput output) {
		this.withoutSecurity.withPropertyValues("presence.access[0].pattern=**").run((context) -> {
			PresenceAuthorizer authorizer = context.getBean(PresenceAuthorizer.class);
			assertThat(authorizer.isAllowed(request(PresenceAction.JOIN, "room:1", null))).isFalse();
			assertThat(authorizer.isAllowed(request(PresenceAction.JOIN, "room:1", PLAIN))).isTrue();
			assertThat(output).doesNotContain("WARN");
		});
	}

	@Test
	void rolesWithoutSpringSecurityStopTheStart() {
		this.withoutSecurity.withPropertyValues("presence.access[0].pattern=**", "presence.access[0].roles=ADMIN")
			.run((context) -> assertThat(context).getFailure()
				.hasRootCauseInstanceOf(PresenceConfigurationException.class)
				.rootCause()
				.hasMessageContaining("presence.access[0].roles=[ADMIN] cannot be checked")
				.hasMessageContaining("spring-boot-starter-security"));
	}

	@Test
	void authorizerOfTheApplicationReplacesTheRules(CapturedOutput output) {
		PresenceAuthorizer own = (request) -> false;
		this.withoutSecurity.withBean(PresenceAuthorizer.class, () -> own).run((context) -> {
			assertThat(context).getBean(PresenceAuthorizer.class).isSameAs(own);
			assertThat(output).doesNotContain("presence.access");
		});
	}

	private static PresenceRequest request(PresenceAction action, String topic, @Nullable Principal principal) {
		return new PresenceRequest(action, topic, principal, null, null);
	}

}
