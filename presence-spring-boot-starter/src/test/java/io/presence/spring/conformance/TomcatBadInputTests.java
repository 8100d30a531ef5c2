package io.presence.spring.conformance;

import org.junit.jupiter.api.BeforeAll;

import io.presence.spring.conformance.ConformanceServer.Container;

/**
 * Bad input in Tomcat.
 */
class TomcatBadInputTests extends AbstractBadInputTests {

	@BeforeAll
	static void serve() {
		Checks.serveWith(Container.TOMCAT);
	}

}
