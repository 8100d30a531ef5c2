package io.presence.spring.websocket;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.management.JMException;
import javax.management.ObjectName;

import org.awaitility.Awaitility;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How many objects of each class that stands for one connection the live heap holds.
 *
 * @param counts the numbers by class
 */
record LiveObjects(Map<String, Integer> counts) {

	private static final Pattern OURS = Pattern.compile(
			"\\s*\\d+:\\s+(\\d+)\\s+\\d+\\s+(io\\.presence\\.(engine\\.(ClientSession|Connection|Subscription|Outbox)"
					+ "|spring\\.websocket\\.(PresenceSession|SessionTransport|InboundText|ConcurrentSession)))(\\s.*)?");

	/** An idle thread of the container may still hold the last session that it served. */
	private static final int SLACK = 2;

	/**
	 * Counts now. What earlier tests left, in an application context that the framework
	 * still holds for example, is counted too.
	 */
	static LiveObjects count() {
		try {
			String histogram = (String) ManagementFactory.getPlatformMBeanServer()
				.invoke(new ObjectName("com.sun.management:type=DiagnosticCommand"), "gcClassHistogram",
						new Object[] { new String[0] }, new String[] { String[].class.getName() });
			Map<String, Integer> counts = new TreeMap<>();
			histogram.lines()
				.map(OURS::matcher)
				.filter(Matcher::matches)
				.forEach((line) -> counts.put(line.group(2), Integer.valueOf(line.group(1))));
			return new LiveObjects(counts);
		}
		catch (JMException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Waits until there are no more than there were, but for the slack.
	 */
	void awaitNoMore() {
		Awaitility.await()
			.atMost(Duration.ofSeconds(60))
			.pollInterval(Duration.ofSeconds(1))
			.untilAsserted(() -> assertThat(count().counts).allSatisfy((type, count) -> assertThat(count).as(type)
				.isLessThanOrEqualTo(this.counts.getOrDefault(type, 0) + SLACK)));
	}

}
