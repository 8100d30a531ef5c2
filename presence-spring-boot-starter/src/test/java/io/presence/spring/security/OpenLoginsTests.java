package io.presence.spring.security;

import java.security.Principal;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.mock.web.MockHttpSession;
import org.springframework.security.authentication.TestingAuthenticationToken;

import io.presence.engine.ClientSession;
import io.presence.engine.ConnectionDetails;
import io.presence.engine.PresenceEngine;
import io.presence.engine.RecordingTransport;

import static org.assertj.core.api.Assertions.assertThat;

class OpenLoginsTests {

	private final PresenceEngine engine = PresenceEngine.builder().build();

	private final OpenLogins logins = new OpenLogins();

	@AfterEach
	void close() {
		this.engine.close();
	}

	@Test
	void aConnectionEndsItsLoginWithItsSession() {
		MockHttpSession session = new MockHttpSession();
		ClientSession client = open("ann");
		ClientSession other = open("ann");
		this.logins.opened(client, session);
		this.logins.opened(other, new MockHttpSession());
		this.logins.sessionEnded(session.getId());
		assertThat(client.connection().principal()).isNull();
		assertThat(other.connection().principal()).isNotNull();
	}

	@Test
	void aSessionIsFollowedUnderItsNewId() {
		MockHttpSession session = new MockHttpSession();
		ClientSession client = open("ann");
		this.logins.opened(client, session);
		this.logins.sessionIdChanged(session.getId(), "new");
		this.logins.sessionEnded(session.getId());
		assertThat(client.connection().principal()).isNotNull();
		this.logins.sessionEnded("new");
		assertThat(client.connection().principal()).isNull();
	}

	@Test
	void aSessionThatEndedDuringTheHandshakeIsSeen() {
		MockHttpSession session = new MockHttpSession();
		session.invalidate();
		ClientSession client = open("ann");
		this.logins.opened(client, session);
		assertThat(client.connection().principal()).isNull();
	}

	@Test
	void aLogoutEndsEqualLoginsOnly() {
		ClientSession client = open("ann");
		ClientSession elsewhere = this.engine.open(new RecordingTransport(),
				details(new TestingAuthenticationToken("ann", "", "ROLE_ELSEWHERE")));
		ClientSession bob = open("bob");
		this.logins.opened(client, null);
		this.logins.opened(elsewhere, null);
		this.logins.opened(bob, null);
		this.logins.loggedOut(new TestingAuthenticationToken("ann", ""));
		assertThat(client.connection().principal()).isNull();
		assertThat(elsewhere.connection().principal()).isNotNull();
		assertThat(bob.connection().principal()).isNotNull();
	}

	@Test
	void nothingIsKeptOfClosedConnections() {
		MockHttpSession session = new MockHttpSession();
		Runnable first = this.logins.opened(open("ann"), session);
		Runnable second = this.logins.opened(open("ann"), null);
		Runnable guest = this.logins.opened(this.engine.open(new RecordingTransport(), details(null)), session);
		assertThat(this.logins.size()).isPositive();
		this.logins.sessionIdChanged(session.getId(), "new");
		first.run();
		second.run();
		guest.run();
		assertThat(this.logins.size()).isZero();
	}

	private ClientSession open(String user) {
		return this.engine.open(new RecordingTransport(), details(new TestingAuthenticationToken(user, "")));
	}

	private static ConnectionDetails details(@Nullable Principal principal) {
		return new ConnectionDetails((principal != null) ? Map.of("id", principal.getName()) : null, principal, null);
	}

}
