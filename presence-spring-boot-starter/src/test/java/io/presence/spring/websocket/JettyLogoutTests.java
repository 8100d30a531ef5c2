package io.presence.spring.websocket;

import org.springframework.test.context.TestPropertySource;

/**
 * Logins that end in Jetty.
 */
@TestPropertySource(properties = "test.container=jetty")
class JettyLogoutTests extends AbstractLogoutTests {

}
