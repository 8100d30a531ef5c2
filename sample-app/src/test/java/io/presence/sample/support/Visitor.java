package io.presence.sample.support;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;

/**
 * Somebody who looks at the page of a room. Every {@code sees} waits until it is so.
 */
public final class Visitor {

	private static final double PATIENCE_MS = 30_000;

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
