package io.presence.redis.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A Redis server in a process of its own, on a free port of the loopback interface, in a
 * folder of its own. It keeps its port over restarts. For one thread at a time.
 */
public final class RedisServer implements Resettable {

	private static final int FIRST_PORT = 12_000;

	private static final int LAST_PORT = 22_000;

	/** What Redis adds to the port for the bus of a Cluster. */
	private static final int BUS = 10_000;

	private static final String CONFIGURATION = "redis.conf";

	private static final String CLOCK = "clock";

	private static final String PROGRAM = "redis-server";

	private final Path folder;

	private final int port;

	private final List<String> options;

	private final @Nullable String password;

	private @Nullable Process process;

	private RedisServer(@Nullable String password, @Nullable String configuration, boolean withClock,
			List<String> options) {
		this.password = password;
		this.options = options;
		this.port = freePort();
		try {
			this.folder = Files.createTempDirectory("presence-redis");
			if (configuration != null) {
				Files.writeString(this.folder.resolve(CONFIGURATION), configuration);
			}
			if (withClock) {
				Files.createSymbolicLink(this.folder.resolve(PROGRAM), RedisBinary.linkedDynamically()
					.orElseThrow(() -> new IllegalStateException(WallClockCondition.HELP)));
				WallClock.set(this.folder.resolve(CLOCK), Duration.ZERO);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Starts an empty server.
	 * @param options further options of {@code redis-server}, such as
	 * {@code "--maxmemory", "50mb"}
	 * @return the server, which answers
	 */
	public static RedisServer launch(String... options) {
		return launch(null, null, false, List.of(options));
	}

	/**
	 * Starts an empty server that asks for a password.
	 * @param password the password
	 * @return the server, which answers
	 */
	public static RedisServer launchWithPassword(String password) {
		return launch(password, null, false, List.of("--requirepass", password, "--masterauth", password));
	}

	/**
	 * Starts a Sentinel.
	 * @param configuration the lines of its configuration
	 * @return the server, which answers
	 */
	static RedisServer launchSentinel(String configuration) {
		return launch(null, configuration, false, List.of("--sentinel"));
	}

	/**
	 * Starts an empty server whose clock can be set. Only for a {@link WallClockTest}.
	 * @return the server, which answers; its clock is right
	 */
	public static RedisServer launchWithClock() {
		return launch(null, null, true, List.of());
	}

	private static RedisServer launch(@Nullable String password, @Nullable String configuration, boolean withClock,
			List<String> options) {
		IllegalStateException failure = new IllegalStateException("No free port");
		for (int attempt = 0; attempt < 5; attempt++) {
			RedisServer server = new RedisServer(password, configuration, withClock, options);
			try {
				server.start();
				return server;
			}
			catch (IllegalStateException ex) {
				server.close();
				failure = ex;
			}
		}
		throw failure;
	}

	/**
	 * Returns where clients find the server.
	 * @return its address, with the password if there is one
	 */
	public RedisURI uri() {
		RedisURI.Builder uri = RedisURI.builder()
			.withHost("127.0.0.1")
			.withPort(this.port)
			.withTimeout(Duration.ofSeconds(5));
		if (this.password != null) {
			uri.withPassword(this.password.toCharArray());
		}
		return uri.build();
	}

	/**
	 * Returns the port.
	 * @return the port, on 127.0.0.1
	 */
	public int port() {
		return this.port;
	}

	/**
	 * Returns the process.
	 * @return its id
	 * @throws IllegalStateException if it does not run
	 */
	public long pid() {
		return running().pid();
	}

	/**
	 * Starts the server again, with what it finds on its disk, and waits until it
	 * answers.
	 * @throws IllegalStateException if it does not
	 */
	public void start() {
		if (this.process != null) {
			throw new IllegalStateException("The server at port " + this.port + " runs already");
		}
		Path log = this.folder.resolve("log");
		try {
			ProcessBuilder builder = new ProcessBuilder(command()).directory(this.folder.toFile())
				.redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
			if (Files.exists(this.folder.resolve(CLOCK))) {
				builder.environment().putAll(WallClock.following(this.folder.resolve(CLOCK)));
			}
			Process started = builder.start();
			Guardian.started(started);
			this.process = started;
			Awaitility.await()
				.pollDelay(Duration.ZERO)
				.pollInterval(Duration.ofMillis(5))
				.atMost(Duration.ofSeconds(20))
				.until(() -> !started.isAlive() || answers());
			if (!started.isAlive()) {
				throw new IllegalStateException("No Redis at port " + this.port + ": " + Files.readString(log));
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private List<String> command() {
		Path program = this.folder.resolve(PROGRAM);
		if (!Files.exists(program)) {
			program = RedisBinary.path()
				.orElseThrow(() -> new IllegalStateException("No redis-server: " + RedisServerExtension.HELP));
		}
		List<String> command = new ArrayList<>(List.of(program.toString()));
		if (Files.exists(this.folder.resolve(CONFIGURATION))) {
			command.add(CONFIGURATION);
		}
		command.addAll(List.of("--port", Integer.toString(this.port), "--bind", "127.0.0.1", "--save", ""));
		command.addAll(this.options);
		return command;
	}

	private boolean answers() {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.port)) {
			socket.setSoTimeout(1000);
			socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
			String answer = new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII);
			return answer.equals("+PONG") || answer.equals("-NOAU");
		}
		catch (IOException ex) {
			return false;
		}
	}

	/**
	 * Kills the server: nothing is saved. Does nothing when it does not run.
	 */
	public void stop() {
		Process running = this.process;
		if (running != null) {
			running.destroyForcibly();
			running.onExit().orTimeout(10, TimeUnit.SECONDS).join();
			Guardian.ended(running);
			this.process = null;
		}
	}

	/**
	 * Kills the server and starts it empty.
	 */
	public void restartEmpty() {
		stop();
		try {
			Files.deleteIfExists(this.folder.resolve("dump.rdb"));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		start();
	}

	/**
	 * Saves what the server holds at this moment, for a later {@link #stop} and
	 * {@link #start}.
	 */
	public void save() {
		execute(RedisCommands::save);
	}

	/**
	 * Freezes the server: it takes connections, and answers nothing.
	 */
	public void pause() {
		signal("STOP");
	}

	/**
	 * Lets a frozen server go on.
	 */
	public void resume() {
		signal("CONT");
	}

	/**
	 * Lets the clock of a server that was started {@linkplain #launchWithClock() with
	 * one} jump.
	 * @param ahead how far it is ahead of the real one from now on; behind it, if
	 * negative
	 */
	public void setClock(Duration ahead) {
		WallClock.set(this.folder.resolve(CLOCK), ahead);
	}

	/**
	 * Reads the clock of the server.
	 * @return the time
	 */
	public Instant clock() {
		List<String> time = execute(RedisCommands::time);
		return Instant.ofEpochSecond(Long.parseLong(time.get(0)), Long.parseLong(time.get(1)) * 1000);
	}

	/**
	 * Deletes everything.
	 */
	public void flush() {
		execute(RedisCommands::flushall);
	}

	/**
	 * Runs commands on a connection of their own.
	 * @param <T> the type of the result
	 * @param commands what to run
	 * @return its result
	 */
	public <T> T execute(Function<RedisCommands<String, String>, T> commands) {
		RedisClient client = RedisClient.create(uri());
		try (StatefulRedisConnection<String, String> connection = client.connect()) {
			return commands.apply(connection.sync());
		}
		finally {
			client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
		}
	}

	@Override
	public void reset() {
		if (this.process == null) {
			restartEmpty();
		}
		else {
			resume();
			flush();
		}
	}

	/**
	 * Kills the server and deletes its folder.
	 */
	@Override
	public void close() {
		stop();
		try (var files = Files.list(this.folder)) {
			for (Path file : files.toList()) {
				Files.delete(file);
			}
			Files.delete(this.folder);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void signal(String name) {
		try {
			Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start();
			if (!kill.waitFor(5, TimeUnit.SECONDS) || kill.exitValue() != 0) {
				throw new IllegalStateException("Cannot send " + name + " to process " + pid());
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	private Process running() {
		Process running = this.process;
		if (running == null) {
			throw new IllegalStateException("The server at port " + this.port + " does not run");
		}
		return running;
	}

	private static int freePort() {
		for (int attempt = 0; attempt < 1000; attempt++) {
			int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
			if (isFree(port) && isFree(port + BUS)) {
				return port;
			}
		}
		throw new IllegalStateException("No free port between " + FIRST_PORT + " and " + LAST_PORT);
	}

	private static boolean isFree(int port) {
		try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
			return socket.isBound();
		}
		catch (IOException ex) {
			return false;
		}
	}

}
