package io.presence.sample;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.presence.redis.testing.RedisServerExtension;
import io.presence.sample.support.PresenceSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The documented way to start the whole topology as plain processes.
 */
@ExtendWith(RedisServerExtension.class)
@DisabledOnOs(OS.WINDOWS)
class RunClusterIT {

	@Test
	void startsEverythingAndEndsEverything() throws Exception {
		List<Integer> ports = freePorts(4);
		ProcessBuilder script = new ProcessBuilder("./run-cluster.sh").redirectErrorStream(true);
		script.environment().put("JAVA", Path.of(System.getProperty("java.home"), "bin", "java").toString());
		script.environment().put("PORT", ports.get(0).toString());
		script.environment().put("PORT_1", ports.get(1).toString());
		script.environment().put("PORT_2", ports.get(2).toString());
		script.environment().put("REDIS_PORT", ports.get(3).toString());
		Process process = script.start();
		List<ProcessHandle> children = List.of();
		try {
			List<String> output = untilReady(process);
			children = process.descendants().toList();
			PresenceSocket ada = PresenceSocket.join(ports.get(1), "room:1", "ada");
			PresenceSocket ben = PresenceSocket.join(ports.get(2), "room:1", "ben");
			Awaitility.await()
				.atMost(Duration.ofSeconds(20))
				.until(() -> ada.keys().size() == 2 && ben.keys().size() == 2);
			if (output.stream().anyMatch((line) -> line.startsWith("balancer"))) {
				throughTheBalancer(ports.get(0), ada);
			}
			else {
				assertThat(output).contains("There is no HAProxy on the path: no balancer.");
			}
		}
		finally {
			process.destroy();
			assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
			List<ProcessHandle> started = children;
			Awaitility.await()
				.atMost(Duration.ofSeconds(30))
				.untilAsserted(() -> assertThat(started).noneMatch(ProcessHandle::isAlive));
		}
	}

	private static void throughTheBalancer(int port, PresenceSocket ada) throws Exception {
		HttpResponse<String> page = HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/?room=room:1")).build(),
					HttpResponse.BodyHandlers.ofString());
		assertThat(page.statusCode()).isEqualTo(200);
		assertThat(page.body()).contains("ada", "ben").containsPattern("app-[12]");
		assertThat(page.headers().firstValue("Set-Cookie")).get().asString().contains("INSTANCE=app-");
		PresenceSocket carl = PresenceSocket.join(port, "room:1", "carl");
		Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> ada.keys().contains("carl"));
		assertThat(carl.keys()).containsExactly("ada", "ben", "carl");
	}

	private static List<String> untilReady(Process process) throws IOException {
		List<String> output = new ArrayList<>();
		BufferedReader reader = process.inputReader();
		String line;
		while ((line = reader.readLine()) != null) {
			output.add(line);
			if (line.startsWith("Ctrl-C")) {
				return output;
			}
		}
		throw new IllegalStateException("The script ended:\n" + String.join("\n", output));
	}

	private static List<Integer> freePorts(int count) throws IOException {
		List<ServerSocket> sockets = new ArrayList<>();
		try {
			for (int i = 0; i < count; i++) {
				sockets.add(new ServerSocket(0));
			}
			return sockets.stream().map(ServerSocket::getLocalPort).toList();
		}
		finally {
			for (ServerSocket socket : sockets) {
				socket.close();
			}
		}
	}

	@Test
	void thereIsNothingToRunWithoutAJar() throws Exception {
		Path folder = Files.createTempDirectory("run-cluster");
		Path script = Files.copy(Path.of("run-cluster.sh"), folder.resolve("run-cluster.sh"));
		Process process = new ProcessBuilder("bash", script.toString()).redirectErrorStream(true).start();
		assertThat(new String(process.getInputStream().readAllBytes())).contains("target/sample-app.jar",
				"mvn package");
		assertThat(process.waitFor()).isEqualTo(1);
	}

}
