package io.presence.spring.conformance;

import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.TreeMap;

import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Counts the objects that the garbage collector finds alive.
 */
final class LiveHeap {

	private LiveHeap() {
	}

	/**
	 * Collects the garbage and counts what is left of our main classes.
	 * @return the number of objects by class, lambdas and the tests' classes left out
	 */
	static Map<String, Long> ofOurs() {
		Map<String, Long> counts = new TreeMap<>();
		histogram().lines().map((line) -> line.trim().split("\\s+")).forEach((columns) -> {
			if (columns.length >= 4 && columns[3].startsWith("io.presence.") && !columns[3].contains("$$Lambda")
					&& !columns[3].startsWith("io.presence.spring.conformance.")) {
				counts.put(columns[3], Long.parseLong(columns[1]));
			}
		});
		return counts;
	}

	private static String histogram() {
		try {
			return (String) ManagementFactory.getPlatformMBeanServer()
				.invoke(new ObjectName("com.sun.management:type=DiagnosticCommand"), "gcClassHistogram",
						new Object[] { new String[0] }, new String[] { String[].class.getName() });
		}
		catch (JMException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
