package io.presence.redis.testing;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;

/**
 * Ends the processes that this JVM started when the JVM ends, however it ends: a shell
 * hears their ids and kills those that were not taken back when its input is closed.
 */
final class Guardian {

	private static final String SCRIPT = """
			alive=' '
			while read -r what id; do
			  case $what in
			    start) alive="$alive$id " ;;
			    end) alive="${alive%% $id *} ${alive#* $id }" ;;
			  esac
			done
			for id in $alive; do kill -9 "$id"; done
			""";

	private static @Nullable Writer input;

	private Guardian() {
	}

	static void started(Process process) {
		tell("start " + process.pid());
	}

	static void ended(Process process) {
		tell("end " + process.pid());
	}

	private static synchronized void tell(String line) {
		try {
			Writer writer = input;
			if (writer == null) {
				Process shell = new ProcessBuilder("sh", "-c", SCRIPT).redirectErrorStream(true)
					.redirectOutput(ProcessBuilder.Redirect.DISCARD)
					.start();
				writer = new BufferedWriter(new OutputStreamWriter(shell.getOutputStream(), StandardCharsets.US_ASCII));
				input = writer;
			}
			writer.write(line + "\n");
			writer.flush();
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot tell the guardian '" + line + "'", ex);
		}
	}

}
