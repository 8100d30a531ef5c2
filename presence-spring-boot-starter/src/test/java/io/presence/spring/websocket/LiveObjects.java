package io.presence.spring.websocket;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

import javax.management.JMException;
import javax.management.ObjectName;

import org.awaitility.Awaitility;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the live heap holds of connections.
 */
final class LiveObjects {

	private static final Pattern OURS = Pattern
		.compile(".*io\\.presence\\.(engine\\.(ClientSession|Connection|Subscription|Outbox)"
				+ "|spring\\.websocket\\.(PresenceSession|SessionTransport|InboundText|ConcurrentSession))( .*)?");

	private LiveObjects() {
	}

	/**
	 * Waits until there is none of any connection in this JVM.
	 */
	static void awaitNone() {
		Awaitility.await()
			.atMost(Duration.ofSeconds(60))
			.pollInterval(Duration.ofSeconds(1))
			.untilAsserted(() -> assertThat(find()).isEmpty());
	}

	private static List<String> find() throws JMException {
		String histogram = (String) ManagementFactory.getPlatformMBeanServer()
			.invoke(new ObjectName("com.sun.management:type=DiagnosticCommand"), "gcClassHistogram",
					new Object[] { new String[0] }, new String[] { String[].class.getName() });
		return histogram.lines().filter((line) -> OURS.matcher(line).matches()).toList();
	}

}
