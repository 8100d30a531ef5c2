package io.presence.sample.support;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Somebody who looks at the page of a room. Every {@code sees} waits until it is so.
 */
public final class Visitor {

	private static final double PATIENCE_MS = 60_000;

	private final Page page;

	private final List<String> complaints = new CopyOnWriteArrayList<>();

	private Visitor(Page page) {
		this.page = page;
		page.onConsoleMessage((message) -> complain(message));
		page.onPageError(this.complaints::add);
		page.onDialog((dialog) -> {
			this.complaints.add("dialog: " + dialog.message());
			dialog.dismiss();
		});
	}

	private void complain(ConsoleMessage message) {
		if (message.type().equals("error") || message.type().equals("warning")) {
			this.complaints.add(message.text());
		}
	}

	/** Lets a user enter a room. */
	public static Visitor enter(Chromium browser, URI home, String room, String user, String name) {
		return look(browser, home.resolve("/?room=" + encode(room) + "&user=" + encode(user) + "&name=" + encode(name)),
				new Browser.NewContextOptions().setViewportSize(1280, 900))
			.seesStatus("live");
	}

	/** Lets somebody without a name enter a room. */
	public static Visitor enter(Chromium browser, URI home, String room) {
		return look(browser, home.resolve("/?room=" + encode(room)), new Browser.NewContextOptions())
			.seesStatus("live");
	}

	/** Opens an address, and waits for nothing more than the page. */
	public static Visitor look(Chromium browser, URI address, Browser.NewContextOptions options) {
		Visitor visitor = new Visitor(browser.page(options));
		visitor.page.navigate(address.toString());
		return visitor;
	}

	private static String encode(String text) {
		return URLEncoder.encode(text, StandardCharsets.UTF_8);
	}

	public Page page() {
		return this.page;
	}

	/** Opens a second tab of the same browser on the same address. */
	public Visitor secondTab() {
		Visitor tab = new Visitor(this.page.context().newPage());
		tab.page.navigate(this.page.url());
		return tab.seesStatus("live");
	}

	/** The texts of the people's names, as they are shown now. */
	public Locator names() {
		return this.page.locator("#people .name");
	}

	public Locator person(String key) {
		return this.page.locator("#people li[data-key=" + quote(key) + "]");
	}

	/** What happened, the oldest first: joins, and reasons of leaves, with the name. */
	public List<String> activity() {
		List<String> lines = new ArrayList<>(this.page.locator("#activity li")
			.all()
			.stream()
			.map((line) -> line.getAttribute("data-kind") + " " + line.locator("b").textContent())
			.toList());
		Collections.reverse(lines);
		return lines;
	}

	/** What the page complained about: errors, warnings, dialogs. */
	public List<String> complaints() {
		return this.complaints;
	}

	public Visitor seesPeople(String... names) {
		PlaywrightAssertions.assertThat(names()).hasText(names, patience(new LocatorAssertions.HasTextOptions()));
		PlaywrightAssertions.assertThat(this.page.locator("#count")).hasText(Integer.toString(names.length));
		return this;
	}

	public Visitor seesStatus(String status) {
		PlaywrightAssertions.assertThat(this.page.locator("#connection span"))
			.hasText(status, patience(new LocatorAssertions.HasTextOptions()));
		return this;
	}

	public Visitor sees(String key, String status) {
		PlaywrightAssertions.assertThat(person(key).locator(".status"))
			.hasText(status, patience(new LocatorAssertions.HasTextOptions()));
		return this;
	}

	public Visitor seesNote(String key, String note) {
		PlaywrightAssertions.assertThat(person(key).locator(".note"))
			.hasText(note, patience(new LocatorAssertions.HasTextOptions()));
		return this;
	}

	public Visitor seesHappen(String kind, String name) {
		PlaywrightAssertions
			.assertThat(this.page.locator("#activity li[data-kind=" + quote(kind) + "] b")
				.filter(new Locator.FilterOptions().setHasText(name))
				.first())
			.isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(PATIENCE_MS));
		return this;
	}

	/**
	 * Waits until the page shows exactly those whom each of these applications has in a
	 * topic, with their names and what they publish. For users with one tab each: of more
	 * tabs the page shows more than the newest state.
	 */
	public Visitor seesWhatServersSay(String topic, AppProcess... applications) {
		Awaitility.await()
			.pollInSameThread()
			.atMost(Duration.ofMillis((long) PATIENCE_MS))
			.ignoreExceptionsInstanceOf(IllegalStateException.class)
			.untilAsserted(() -> {
				for (AppProcess application : applications) {
					assertThat(shown()).isEqualTo(Visitor.expected(application.members(topic)));
				}
			});
		return this;
	}

	private Map<String, String> shown() {
		return new TreeMap<>((Map<String, String>) this.page.evaluate(
				"""
						() => Object.fromEntries([...document.querySelectorAll('#people li')].map(row =>
						  [row.dataset.key, ['name', 'status', 'note'].map(part => row.querySelector(`.${part}`).textContent).join('; ')]))"""));
	}

	private static Map<String, String> expected(Map<String, JsonNode> members) {
		Map<String, String> expected = new TreeMap<>();
		members.forEach((key, member) -> {
			JsonNode state = member.path("state");
			String status = state.path("typing").asBoolean(false) ? "typing…"
					: state.path("status").asString("").equals("away") ? "away" : "online";
			expected.put(key, String.join("; ", member.path("data").path("name").asString("Guest"), status,
					state.path("note").asString("")));
		});
		return expected;
	}

	/** From now on {@link #fewestPeople} counts. */
	public Visitor watchesHowManyPeople() {
		this.page.evaluate("""
				() => {
				  const people = document.getElementById('people')
				  window.fewest = people.children.length
				  new MutationObserver(() => { window.fewest = Math.min(window.fewest, people.children.length) })
				    .observe(people, { childList: true })
				}""");
		return this;
	}

	/** How many people were shown at least, at any moment since they were watched. */
	public int fewestPeople() {
		return (int) this.page.evaluate("window.fewest");
	}

	private static LocatorAssertions.HasTextOptions patience(LocatorAssertions.HasTextOptions options) {
		return options.setTimeout(PATIENCE_MS);
	}

	private static String quote(String text) {
		return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
	}

	/** Closes the tab, as a person would. */
	public void leave() {
		this.page.close();
	}

}
