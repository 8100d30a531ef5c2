package io.presence.architecture;

import java.util.Set;
import java.util.stream.Stream;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.domain.ThrowsDeclaration;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

/**
 * What users of the API get to see.
 */
class PublicApiTests {

	private static final String API = "io.presence";

	@Test
	void apiShowsTypesOfTheJdkAndItsOwnOnly() {
		classes().that()
			.resideInAPackage(API)
			.and()
			.arePublic()
			.should(showOnlyJdkTypes())
			.allowEmptyShould(true)
			.check(PresenceClasses.MAIN);
	}

	private static ArchCondition<JavaClass> showOnlyJdkTypes() {
		return new ArchCondition<>("show only types of the JDK and of " + API) {

			@Override
			public void check(JavaClass type, ConditionEvents events) {
				Stream
					.concat(type.getSuperclass().stream(),
							Stream.concat(type.getInterfaces().stream(), type.getTypeParameters().stream()))
					.forEach((shown) -> check(type.getFullName(), shown, events));
				type.getMembers()
					.stream()
					.filter(PublicApiTests::isVisible)
					.forEach((member) -> types(member)
						.forEach((shown) -> check(member.getDescription(), shown, events)));
			}

			private void check(String place, JavaType shown, ConditionEvents events) {
				shown.getAllInvolvedRawTypes()
					.stream()
					.map(JavaClass::getBaseComponentType)
					.filter((raw) -> !isAllowed(raw))
					.forEach((raw) -> events
						.add(SimpleConditionEvent.violated(shown, place + " shows " + raw.getFullName())));
			}

		};
	}

	private static boolean isVisible(JavaMember member) {
		Set<JavaModifier> modifiers = member.getModifiers();
		return (modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED))
				&& !modifiers.contains(JavaModifier.SYNTHETIC);
	}

	private static Stream<JavaType> types(JavaMember member) {
		if (member instanceof JavaField field) {
			return Stream.of(field.getType());
		}
		JavaCodeUnit codeUnit = (JavaCodeUnit) member;
		Stream<JavaType> exceptions = codeUnit.getThrowsClause().stream().map(ThrowsDeclaration::getType);
		return Stream.of(Stream.of(codeUnit.getReturnType()), codeUnit.getParameterTypes().stream(), exceptions)
			.flatMap((types) -> types);
	}

	private static boolean isAllowed(JavaClass type) {
		return type.isPrimitive() || type.getPackageName().startsWith("java.") || type.getPackageName().equals(API);
	}

}
