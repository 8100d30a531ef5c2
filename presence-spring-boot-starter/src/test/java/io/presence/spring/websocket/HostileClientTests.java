package io.presence.spring.websocket;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import io.presence.PresenceAuthorizer;
import io.presence.PresenceService;
import io.presence.PresenceUserResolver;
import io.presence.spring.support.TomcatServer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Anonymous clients send frames of the protocol, mutated, while two members are in a room
 * that is not for them. The seed is fixed; {@code -Dpresence.hostile.duration=10m} runs
 * longer, {@code -Dpresence.hostile.seed} runs another one.
 */
@ExtendWith(OutputCaptureExtension.class)
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, properties = "presence.store=memory")
class HostileClientTests {

	private static final Duration DURATION = DurationStyle
		.detectAndParse(System.getProperty("presence.hostile.duration", "8s"));

	private static final long SEED = Long.getLong("presence.hostile.seed", 20_260_711L);

	private static final int CLIENTS = 8;

	private static final long MEGABYTE = 1024 * 1024;

	@LocalServerPort
	private int port;

	@Autowired
	private PresenceService presence;

	@Test
	@Timeout(value = 1, unit = TimeUnit.DAYS)
	void othersAreServedAndNothingLeaks(CapturedOutput output) throws Exception {
		try (TestClient ann = member("ann").joined("private:room");
				TestClient ben = member("ben").joined("private:room")) {
			ann.next("diff");
			attack(new Random(SEED), Duration.ofSeconds(1));
			long before = usedMemory();
			int frames = attack(new Random(SEED), DURATION);
			assertThat(frames).as("frames sent with seed " + SEED).isGreaterThan(500);
			ben.send("{'type':'presence-state','topic':'private:room','state':{'canary':'after'}}");
			assertThat(ann.next("diff").path("states").toString()).contains("after");
			assertThat(this.presence.list("private:room")).extracting("key").containsExactlyInAnyOrder("ann", "ben");
			Awaitility.await().untilAsserted(() -> assertThat(this.presence.topics()).containsExactly("private:room"));
			Awaitility.await()
				.atMost(Duration.ofSeconds(60))
				.pollInterval(Duration.ofSeconds(1))
				.untilAsserted(() -> assertThat(usedMemory()).as("bytes after the attack of seed " + SEED)
					.isLessThan(before + 16 * MEGABYTE));
		}
		assertThat(output.getAll().length()).as("characters logged").isLessThan(256 * 1024);
		assertThat(output.getAll().chars().filter(HostileClientTests::isDangerous)).isEmpty();
	}

	private int attack(Random random, Duration duration) throws InterruptedException {
		long end = System.nanoTime() + duration.toNanos();
		List<TestClient> clients = new ArrayList<>();
		HostileFrames hostile = new HostileFrames(random);
		int sent = 0;
		while (System.nanoTime() < end) {
			if (clients.size() < CLIENTS) {
				clients.add(TestClient.connect(this.port, "/presence"));
			}
			TestClient client = clients.get(random.nextInt(clients.size()));
			if (client.isClosed() || random.nextInt(200) == 0) {
				clients.remove(client);
				end(client, random);
				continue;
			}
			for (int i = random.nextInt(4); i >= 0; i--) {
				client.trySend(hostile.next());
				sent++;
			}
			assertSawNothing(client);
		}
		for (TestClient client : clients) {
			assertSawNothing(client);
			end(client, random);
		}
		return sent;
	}

	private static void end(TestClient client, Random random) {
		if (random.nextBoolean()) {
			client.abort();
		}
		else {
			client.close();
		}
	}

	private static void assertSawNothing(TestClient client) {
		for (String frame : client.received()) {
			assertThat(frame).as("what a guest received with seed " + SEED).doesNotContain("canary");
			assertThat(frame.length()).isLessThan(64 * 1024);
		}
	}

	private TestClient member(String name) throws InterruptedException {
		return TestClient.connect(this.port, "/presence?login=" + name).welcomed();
	}

	private static boolean isDangerous(int c) {
		return (c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != 0x1b) || (c >= 0x7f && c < 0xa0) || c == 0x2028
				|| c == 0x2029 || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
	}

	private static long usedMemory() {
		System.gc();
		Runtime runtime = Runtime.getRuntime();
		return runtime.totalMemory() - runtime.freeMemory();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(TomcatServer.class)
	static class Application {

		@Bean
		PresenceAuthorizer authorizer() {
			return (request) -> request.topic().startsWith("open:") || request.userData() != null;
		}

		@Bean
		PresenceUserResolver users() {
			return (handshake) -> {
				String login = handshake.parameter("login");
				return (login != null) ? Map.of("id", login, "name", "canary " + login) : null;
			};
		}

	}

}
