package io.presence.spring.websocket;

import org.springframework.test.context.TestPropertySource;

/**
 * Logins that end in Tomcat.
 */
@TestPropertySource(properties = "test.container=tomcat")
class TomcatLogoutTests extends AbstractLogoutTests {

}
