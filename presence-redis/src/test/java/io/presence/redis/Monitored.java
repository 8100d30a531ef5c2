package io.presence.redis;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

import io.presence.redis.testing.RedisServer;

/**
 * What a server is asked to do, by its own account: the commands of clients, and those of
 * scripts.
 */
final class Monitored implements AutoCloseable {

	private static final Pattern LINE = Pattern
		.compile("\\+(?<time>[0-9.]+) \\[\\d+ (?<client>[^]]+)] \"(?<command>[^\"]*)\"(?<rest>.*)");

	private final Queue<Command> commands = new ConcurrentLinkedQueue<>();

	private final RedisServer server;

	private final Socket socket;

	private int marks;

	Monitored(RedisServer server) {
		this.server = server;
		try {
			this.socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
			this.socket.getOutputStream().write("MONITOR\r\n".getBytes(StandardCharsets.US_ASCII));
			BufferedReader reader = new BufferedReader(
					new InputStreamReader(this.socket.getInputStream(), StandardCharsets.ISO_8859_1));
			Thread thread = new Thread(() -> read(reader), "redis-monitor");
			thread.setDaemon(true);
			thread.start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		untilNow();
	}

	/**
	 * Returns what the server did since it was asked last.
	 * @return the commands, in order
	 */
	List<Command> untilNow() {
		String mark = "until " + this.marks++;
		this.server.execute((redis) -> redis.echo(mark));
		List<Command> seen = new ArrayList<>();
		Awaitility.await().pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(30)).until(() -> {
			for (Command next = this.commands.poll(); next != null; next = this.commands.poll()) {
				if (next.name().equals("echo") && next.rest().contains(mark)) {
					return true;
				}
				seen.add(next);
			}
			return false;
		});
		return seen;
	}

	private void read(BufferedReader reader) {
		try {
			for (String line = reader.readLine(); line != null; line = reader.readLine()) {
				Matcher matcher = LINE.matcher(line);
				if (matcher.matches()) {
					this.commands.add(new Command(Double.parseDouble(matcher.group("time")),
							matcher.group("client").equals("lua"), matcher.group("command").toLowerCase(Locale.ROOT),
							matcher.group("rest")));
				}
			}
		}
		catch (IOException ex) {
			// closed
		}
	}

	@Override
	public void close() {
		try {
			this.socket.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * A command.
	 *
	 * @param seconds when, on the server's clock
	 * @param byScript whether a script issued it
	 * @param name its name, in lower case
	 * @param rest its arguments, quoted
	 */
	record Command(double seconds, boolean byScript, String name, String rest) {

		/**
		 * Returns the script that is called.
		 * @return the script, {@code null} if this calls none of ours
		 */
		@Nullable Script script() {
			return (this.byScript || !this.name.startsWith("eval")) ? null
					: Arrays.stream(Script.values())
						.filter((script) -> this.rest.startsWith(" \"" + script.digest()))
						.findFirst()
						.orElse(null);
		}

		/**
		 * Returns the first argument, which is the key for those with one.
		 * @return the argument, empty if there is none
		 */
		String key() {
			return this.rest.isEmpty() ? "" : this.rest.substring(2, this.rest.indexOf('"', 2));
		}

		/**
		 * Returns an argument of a call of a script.
		 * @param index the index after the number of keys, from 0
		 * @return the argument
		 */
		String argument(int index) {
			String[] words = this.rest.substring(2, this.rest.length() - 1).split("\" \"");
			return words[2 + index];
		}

	}

}
