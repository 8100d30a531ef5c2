package io.presence.sample.support;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The packaged sample application in a process of its own, on a free port. Ends with the
 * test at the latest.
 */
public final class AppProcess implements AutoCloseable {

	private static final Path JAR = Path.of(System.getProperty("sample.jar", "target/sample-app.jar"));

	private static final Pattern STARTED = Pattern.compile("started on port (\\d+)");

	private static final HttpClient HTTP = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

	private final List<String> arguments;

	private final Map<String, String> environment;

	private final Process process;

	private final Queue<String> output = new ConcurrentLinkedQueue<>();

	private final int port;

	private AppProcess(int port, Map<String, String> environment, List<String> arguments) {
		this.arguments = arguments;
		this.environment = environment;
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx384m",
						"-XX:TieredStopAtLevel=1", "-jar", JAR.toString(), "--server.port=" + port,
						"--server.address=127.0.0.1", "--spring.main.banner-mode=off"));
		command.addAll(arguments);
		CompletableFuture<Integer> started = new CompletableFuture<>();
		try {
			ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
			builder.environment().putAll(environment);
			this.process = builder.start();
			Thread reader = new Thread(() -> read(started), "sample-app-output");
			reader.setDaemon(true);
			reader.start();
			Runtime.getRuntime().addShutdownHook(new Thread(this.process::destroyForcibly));
			this.port = started.get(90, TimeUnit.SECONDS);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (Exception ex) {
			close();
			throw new IllegalStateException("The application did not start:\n" + log(), ex);
		}
	}

	/**
	 * Starts the application with arguments, on a free port, and waits until it serves.
	 */
	public static AppProcess start(String... arguments) {
		return start(Map.of(), arguments);
	}

	/**
	 * Starts the application with environment variables and arguments, on a free port,
	 * and waits until it serves.
	 */
	public static AppProcess start(Map<String, String> environment, String... arguments) {
		return new AppProcess(0, environment, List.of(arguments));
	}

	/** Starts it again as it was, on the same port, after it has ended. */
	public AppProcess startAgain() {
		return new AppProcess(this.port, this.environment, this.arguments);
	}

	private void read(CompletableFuture<Integer> started) {
		try (BufferedReader reader = this.process.inputReader(StandardCharsets.UTF_8)) {
			String line;
			while ((line = reader.readLine()) != null) {
				this.output.add(line);
				Matcher matcher = STARTED.matcher(line);
				if (matcher.find()) {
					started.complete(Integer.valueOf(matcher.group(1)));
				}
			}
		}
		catch (IOException ex) {
			this.output.add(ex.toString());
		}
		started.completeExceptionally(new IllegalStateException("The process ended"));
	}

	public int port() {
		return this.port;
	}

	public URI uri(String path) {
		return URI.create("http://127.0.0.1:" + this.port + path);
	}

	/** Gets a path, and waits at most for the given time. */
	public HttpResponse<String> get(String path, Duration timeout) {
		try {
			return HTTP.send(HttpRequest.newBuilder(uri(path)).timeout(timeout).build(),
					HttpResponse.BodyHandlers.ofString());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * The members of a topic by key, as the application answers over HTTP. Needs
	 * {@code presence.http.enabled=true}.
	 */
	public Map<String, JsonNode> members(String topic) {
		HttpResponse<String> answer = get("/presence/topics?topic=" + URLEncoder.encode(topic, StandardCharsets.UTF_8),
				Duration.ofSeconds(10));
		Map<String, JsonNode> members = new TreeMap<>();
		if (answer.statusCode() == 404) {
			return members;
		}
		JsonNode snapshot = JsonMapper.shared().readTree(answer.body());
		if (answer.statusCode() != 200 || snapshot.path("stale").asBoolean(true)) {
			throw new AssertionError(answer.statusCode() + ": " + answer.body());
		}
		snapshot.path("members").forEach((member) -> members.put(member.path("key").asString(), member));
		return members;
	}

	public boolean isRunning() {
		return this.process.isAlive();
	}

	/** What the application has printed. */
	public String log() {
		return String.join("\n", this.output);
	}

	/** Ends it in order, as an operator would, and waits for that. */
	public void stop() {
		this.process.destroy();
		Processes.await(this.process);
	}

	/** Ends it without a chance to say anything (SIGKILL). */
	public void kill() {
		Processes.kill(this.process);
	}

	/** Freezes it (SIGSTOP): it stays connected, and does nothing. */
	public void freeze() {
		Processes.signal(this.process, "STOP");
	}

	/** Lets it go on (SIGCONT). */
	public void thaw() {
		Processes.signal(this.process, "CONT");
	}

	@Override
	public void close() {
		if (this.process.isAlive()) {
			kill();
		}
	}

}
