package io.presence.spring.conformance;

import org.junit.jupiter.api.BeforeAll;

import io.presence.spring.conformance.ConformanceServer.Container;

/**
 * The wire protocol in Tomcat.
 */
class TomcatConformanceTests extends AbstractConformanceTests {

	@BeforeAll
	static void serve() {
		Checks.serveWith(Container.TOMCAT);
	}

}
