package io.presence.spring.conformance;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A process full of clients, to be killed. Arguments: the port, then a user and a topic
 * for each client. Says {@code joined} once all have joined, and then waits to die.
 */
final class StormProcess {

	private static final String JOINED = "joined";

	private StormProcess() {
	}

	public static void main(String[] args) throws Exception {
		WireLoop loop = new WireLoop();
		int port = Integer.parseInt(args[0]);
		List<StormClient> clients = new ArrayList<>();
		for (int i = 1; i < args.length; i += 2) {
			StormClient client = new StormClient(loop, port, args[i], args[i + 1]);
			clients.add(client);
			if (i % 20 == 1) {
				client.joined.get(60, TimeUnit.SECONDS);
			}
		}
		CompletableFuture.allOf(clients.stream().map((client) -> client.joined).toArray(CompletableFuture[]::new))
			.get(60, TimeUnit.SECONDS);
		System.out.println(JOINED);
		// Ends with the parent, if nobody kills it before.
		while (System.in.read() >= 0) {
			continue;
		}
	}

	/**
	 * Starts a process and waits until its clients have joined.
	 */
	static Process start(int port, List<String> usersAndTopics) throws IOException {
		List<String> command = new ArrayList<>(List.of(
				Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-XX:+UseSerialGC",
				"-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
				StormProcess.class.getName(), String.valueOf(port)));
		command.addAll(usersAndTopics);
		Process process = new ProcessBuilder(command).redirectError(new File("target/storm-process.log")).start();
		String line = process.inputReader().readLine();
		if (!JOINED.equals(line)) {
			process.destroyForcibly();
			throw new IllegalStateException("The clients' process said " + line + ", see target/storm-process.log");
		}
		return process;
	}

}
