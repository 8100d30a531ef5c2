package io.presence.architecture;

import java.util.function.Predicate;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;

/**
 * The classes of every module, read once.
 */
final class PresenceClasses {

	static final JavaClasses MAIN = read((location) -> !isTest(location));

	static final JavaClasses TESTS = read(PresenceClasses::isTest);

	static final DescribedPredicate<JavaClass> CORE = resideInAPackage("io.presence..")
		.and(resideOutsideOfPackages("io.presence.redis..", "io.presence.spring.."))
		.as("core");

	static final DescribedPredicate<JavaClass> REDIS = resideInAnyPackage("io.presence.redis..").as("redis");

	private PresenceClasses() {
	}

	private static JavaClasses read(Predicate<Location> locations) {
		return new ClassFileImporter().withImportOption(locations::test).importPackages("io.presence");
	}

	private static boolean isTest(Location location) {
		return location.contains("/test-classes/") || location.contains("-tests.jar");
	}

}
