package io.presence.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Who may depend on whom.
 */
class DependencyTests {

	@Test
	void readsTheClassesOfTheModules() {
		assertThat(PresenceClasses.MAIN).isNotEmpty();
		assertThat(PresenceClasses.TESTS).extracting(JavaClass::getName).contains(DependencyTests.class.getName());
		assertThat(PresenceClasses.MAIN).extracting(JavaClass::getName).doesNotContain(DependencyTests.class.getName());
	}

	@Test
	void dependenciesRunDownward() {
		layeredArchitecture().consideringOnlyDependenciesInLayers()
			.withOptionalLayers(true)
			.layer("api")
			.definedBy("io.presence")
			.layer("concurrent")
			.definedBy("io.presence.concurrent..")
			.layer("json")
			.definedBy("io.presence.json..")
			.layer("privacy")
			.definedBy("io.presence.privacy..")
			.layer("protocol")
			.definedBy("io.presence.protocol..")
			.layer("store")
			.definedBy("io.presence.store..")
			.layer("engine")
			.definedBy("io.presence.engine..")
			.layer("redis")
			.definedBy("io.presence.redis..")
			.layer("spring")
			.definedBy("io.presence.spring..")
			.whereLayer("api")
			.mayNotAccessAnyLayer()
			.whereLayer("concurrent")
			.mayNotAccessAnyLayer()
			.whereLayer("json")
			.mayOnlyAccessLayers("api")
			.whereLayer("privacy")
			.mayOnlyAccessLayers("api", "json", "concurrent")
			.whereLayer("protocol")
			.mayOnlyAccessLayers("api", "json", "store")
			.whereLayer("store")
			.mayOnlyAccessLayers("api", "json", "concurrent")
			.whereLayer("engine")
			.mayOnlyAccessLayers("api", "json", "concurrent", "privacy", "protocol", "store")
			.whereLayer("redis")
			.mayOnlyAccessLayers("api", "json", "concurrent", "store")
			.whereLayer("spring")
			.mayNotBeAccessedByAnyLayer()
			.check(PresenceClasses.MAIN);
	}

	@Test
	void packagesHaveNoCycles() {
		slices().assignedFrom(new SliceAssignment() {

			@Override
			public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
				return SliceIdentifier.of(javaClass.getPackageName());
			}

			@Override
			public String getDescription() {
				return "packages";
			}

		}).should().beFreeOfCycles().allowEmptyShould(true).check(PresenceClasses.MAIN);
	}

	@Test
	void coreIsPlainJava() {
		classes().that(PresenceClasses.CORE)
			.should()
			.onlyDependOnClassesThat()
			.resideInAnyPackage("io.presence..", "java..", "org.jspecify.annotations..", "org.slf4j..",
					"tools.jackson..", "com.fasterxml.jackson.annotation..")
			.allowEmptyShould(true)
			.check(PresenceClasses.MAIN);
	}

	@Test
	void redisKnowsNoBootAndNoServlet() {
		classes().that(PresenceClasses.REDIS)
			.should()
			.onlyDependOnClassesThat()
			.resideInAnyPackage("io.presence..", "java..", "javax.net..", "org.jspecify.annotations..", "org.slf4j..",
					"tools.jackson.core..", "org.springframework.data.redis..", "io.lettuce.core..", "io.netty..",
					"reactor.core..")
			.allowEmptyShould(true)
			.check(PresenceClasses.MAIN);
	}

}
