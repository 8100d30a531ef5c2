package io.presence.spring.conformance;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

/**
 * Gives each sentence of {@code sentences.txt} a verdict. A sentence that no check
 * verifies fails.
 */
abstract class AbstractConformanceTests {

	private static final List<Class<? extends Checks>> SECTIONS = List.of(ClientFrameChecks.class,
			ControlFrameChecks.class, PresenceFrameChecks.class, SlowClientChecks.class, ElsewhereChecks.class);

	private final Map<Method, Optional<Throwable>> verdicts = new HashMap<>();

	@AfterAll
	static void closeServers() {
		Checks.closeServers();
	}

	@TestFactory
	Stream<DynamicTest> sentences() throws IOException {
		Map<String, List<Method>> checks = checks();
		return sentencesByNumber().entrySet()
			.stream()
			.map((entry) -> dynamicTest(entry.getKey() + " " + entry.getValue(),
					() -> judge(checks.getOrDefault(entry.getKey(), List.of()))));
	}

	@Test
	void everyCheckVerifiesASentence() throws IOException {
		assertThat(sentencesByNumber().keySet()).containsAll(checks().keySet());
	}

	private void judge(List<Method> checks) throws Throwable {
		assertThat(checks).as("checks of this sentence").isNotEmpty();
		for (Method check : checks) {
			Optional<Throwable> failure = this.verdicts.get(check);
			if (failure == null) {
				failure = Optional.ofNullable(run(check));
				this.verdicts.put(check, failure);
			}
			if (failure.isPresent()) {
				throw new AssertionError(check.getName() + ": " + failure.get().getMessage(), failure.get());
			}
		}
	}

	private static Throwable run(Method check) {
		try {
			Constructor<?> constructor = check.getDeclaringClass().getDeclaredConstructor();
			try (Checks section = (Checks) constructor.newInstance()) {
				check.setAccessible(true);
				check.invoke(section);
				return null;
			}
		}
		catch (InvocationTargetException ex) {
			return ex.getCause();
		}
		catch (ReflectiveOperationException ex) {
			return ex;
		}
	}

	private static Map<String, List<Method>> checks() {
		Map<String, List<Method>> checks = new TreeMap<>();
		for (Class<?> section : SECTIONS) {
			for (Method method : section.getDeclaredMethods()) {
				Verifies verifies = method.getAnnotation(Verifies.class);
				if (verifies != null) {
					Arrays.stream(verifies.value())
						.forEach((number) -> checks.computeIfAbsent(number, (key) -> new ArrayList<>()).add(method));
				}
			}
		}
		return checks;
	}

	private static Map<String, String> sentencesByNumber() throws IOException {
		Map<String, String> sentences = new LinkedHashMap<>();
		try (InputStream in = AbstractConformanceTests.class.getResourceAsStream("sentences.txt")) {
			String table = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
			table.lines().filter((line) -> !line.isBlank() && !line.startsWith("#")).forEach((line) -> {
				int space = line.indexOf(' ');
				String before = sentences.put(line.substring(0, space), line.substring(space + 1));
				assertThat(before).as("twice: " + line).isNull();
			});
		}
		return sentences;
	}

}
