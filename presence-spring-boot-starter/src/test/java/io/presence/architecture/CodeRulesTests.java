package io.presence.architecture;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Conventions that hold in the code of every module.
 */
class CodeRulesTests {

	@Test
	void everyPackageIsNullMarked() {
		assertThat(PresenceClasses.MAIN.stream()
			.map(JavaClass::getPackage)
			.distinct()
			.filter((javaPackage) -> !javaPackage.isAnnotatedWith(NullMarked.class))
			.map(JavaPackage::getName)
			.collect(Collectors.toSet())).as("packages without @NullMarked").isEmpty();
	}

	@Test
	void coreAndRedisReadNoWallClock() {
		noClasses().that(PresenceClasses.CORE.or(PresenceClasses.REDIS))
			.should()
			.callMethod(System.class, "currentTimeMillis")
			.orShould()
			.callMethod(Instant.class, "now")
			.because("clocks of instances differ and jump; durations are measured by the monotonic clock")
			.allowEmptyShould(true)
			.check(PresenceClasses.MAIN);
	}

	@Test
	void autoConfigurationsArePublicAndFinal() {
		classes().that()
			.areAnnotatedWith(AutoConfiguration.class)
			.should()
			.bePublic()
			.andShould()
			.haveModifier(JavaModifier.FINAL)
			.andShould()
			.haveSimpleNameEndingWith("AutoConfiguration")
			.allowEmptyShould(true)
			.check(PresenceClasses.MAIN);
	}

	@Test
	void beanMethodsArePackagePrivate() {
		methods().that()
			.areAnnotatedWith(Bean.class)
			.should()
			.bePackagePrivate()
			.allowEmptyShould(true)
			.check(PresenceClasses.MAIN);
	}

	@Test
	void nothingSleeps() {
		noClasses().should()
			.callMethod(Thread.class, "sleep", long.class)
			.orShould()
			.callMethod(TimeUnit.class, "sleep", long.class)
			.allowEmptyShould(true)
			.check(PresenceClasses.MAIN);
		noClasses().should()
			.callMethod(Thread.class, "sleep", long.class)
			.orShould()
			.callMethod(TimeUnit.class, "sleep", long.class)
			.because("a test waits for what it expects, with Awaitility or on a time of its own")
			.allowEmptyShould(true)
			.check(PresenceClasses.TESTS);
	}

	@Test
	void noTestIsDisabled() {
		noClasses().should().beAnnotatedWith(Disabled.class).allowEmptyShould(true).check(PresenceClasses.TESTS);
		noMethods().should().beAnnotatedWith(Disabled.class).allowEmptyShould(true).check(PresenceClasses.TESTS);
	}

	@Test
	void testClassesHaveANameThatTheBuildRuns() {
		methods().that()
			.areAnnotatedWith(Test.class)
			.and()
			.areDeclaredInClassesThat()
			.doNotHaveModifier(JavaModifier.ABSTRACT)
			.should()
			.beDeclaredInClassesThat()
			.haveNameMatching(".*(Tests|IT)(\\$.*)?")
			.allowEmptyShould(true)
			.check(PresenceClasses.TESTS);
	}

}
