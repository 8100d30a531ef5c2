package io.presence.sample.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import org.awaitility.Awaitility;

import org.springframework.util.FileSystemUtils;

/**
 * The machine's Chromium, in a process of its own that can be killed.
 */
public final class Chromium implements AutoCloseable {

	private static final List<String> FLAGS = List.of("--headless=new", "--no-sandbox", "--disable-gpu",
			"--disable-quic", "--no-first-run", "--no-default-browser-check", "--disable-background-networking",
			"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-port=0");

	private final Path profile;

	private final Process process;

	private final Playwright playwright;

	private final Browser browser;

	private Chromium(Path executable) {
		try {
			this.profile = Files.createTempDirectory("chromium");
			Path log = this.profile.resolve("log.txt");
			this.process = new ProcessBuilder(
					Stream.of(List.of(executable.toString()), FLAGS, List.of("--user-data-dir=" + this.profile))
						.flatMap(List::stream)
						.toList())
				.redirectErrorStream(true)
				.redirectOutput(log.toFile())
				.start();
			Runtime.getRuntime().addShutdownHook(new Thread(this::killProcess));
			Path active = this.profile.resolve("DevToolsActivePort");
			Awaitility.await("Chromium's debugging port")
				.atMost(Duration.ofSeconds(60))
				.until(() -> Files.exists(active) && Files.readAllLines(active).size() >= 2);
			String port = Files.readAllLines(active).get(0);
			this.playwright = Playwright.create(new Playwright.CreateOptions()
				.setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1", "NODE_OPTIONS", "")));
			this.browser = this.playwright.chromium().connectOverCDP("http://127.0.0.1:" + port);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Starts a browser. */
	public static Chromium start() {
		return new Chromium(BrowserCondition.executable()
			.orElseThrow(() -> new IllegalStateException("There is no Chromium; install it, or set CHROMIUM_PATH")));
	}

	/** Opens an empty page in a context of its own, as a new private window would. */
	Page page(Browser.NewContextOptions options) {
		Page page = this.browser.newContext(options).newPage();
		page.setDefaultTimeout(20_000);
		return page;
	}

	/** Ends the browser without a chance to close anything (SIGKILL). */
	public void kill() {
		killProcess();
	}

	private void killProcess() {
		if (this.process.isAlive()) {
			Processes.kill(this.process);
		}
	}

	@Override
	public void close() {
		try {
			this.playwright.close();
		}
		finally {
			killProcess();
			FileSystemUtils.deleteRecursively(this.profile.toFile());
		}
	}

}
