package io.presence.sample;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.AxeResults;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.WaitUntilState;
import io.presence.sample.support.AppProcess;
import io.presence.sample.support.BrowserTest;
import io.presence.sample.support.Chromium;
import io.presence.sample.support.Visitor;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What people see of each other in real browsers, on one instance in memory.
 */
@BrowserTest
class BrowserIT {

	private static final String HOSTILE = "<img src=x onerror=alert(1)>";

	private static AppProcess app;

	private static Chromium first;

	private static Chromium second;

	private String room;

	@BeforeAll
	static void start() {
		app = AppProcess.start();
		first = Chromium.start();
		second = Chromium.start();
	}

	@AfterAll
	static void stop() {
		for (AutoCloseable each : new AutoCloseable[] { first, second, app }) {
			try {
				if (each != null) {
					each.close();
				}
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		}
	}

	@BeforeEach
	void newRoom() {
		this.room = "room:" + UUID.randomUUID();
	}

	private Visitor enter(Chromium browser, String user, String name) {
		return Visitor.enter(browser, app.uri("/"), this.room, user, name);
	}

	@Test
	void twoBrowsersSeeEachOtherComeTypeGoAwayAndLeave() {
		Visitor ada = enter(first, "ada", "Ada").seesPeople("Ada");
		Visitor ben = enter(second, "ben", "Ben").seesPeople("Ada", "Ben");
		ada.seesPeople("Ada", "Ben").seesHappen("join", "Ben").sees("ben", "online");
		ben.page().locator("#note").pressSequentially("Making tea");
		ada.sees("ben", "typing…");
		PlaywrightAssertions.assertThat(ada.page().locator("#typing")).hasText("Ben is typing…");
		ben.page().locator("#note").press("Enter");
		ada.sees("ben", "online").seesNote("ben", "Making tea");
		PlaywrightAssertions.assertThat(ada.page().locator("#typing")).isEmpty();
		ben.page().locator("#away").click();
		ada.sees("ben", "away");
		ben.page().locator("#away").click();
		ada.sees("ben", "online");
		ben.leave();
		ada.seesPeople("Ada").seesHappen("disconnect", "Ben");
		assertThat(ada.activity()).containsExactly("join Ben", "disconnect Ben");
		assertThat(ada.complaints()).isEmpty();
		ada.leave();
	}

	@Test
	void aSecondTabOfTheSameUserChangesNothing() {
		Visitor ada = enter(first, "ada", "Ada");
		Visitor ben = enter(second, "ben", "Ben");
		ada.seesPeople("Ada", "Ben");
		Visitor again = ben.secondTab().seesPeople("Ada", "Ben");
		Visitor carl = enter(second, "carl", "Carl").seesPeople("Ada", "Ben", "Carl");
		ada.seesHappen("join", "Carl");
		again.leave();
		carl.leave();
		ada.seesHappen("disconnect", "Carl");
		assertThat(ada.activity()).containsExactly("join Ben", "join Carl", "disconnect Carl");
		ada.seesPeople("Ada", "Ben").sees("ben", "online");
		ben.leave();
		ada.seesPeople("Ada").leave();
	}

	@Test
	void killingABrowserBringsALeaveWithItsReason() {
		Visitor ada = enter(first, "ada", "Ada");
		try (Chromium third = Chromium.start()) {
			enter(third, "ben", "Ben");
			ada.seesPeople("Ada", "Ben");
			third.kill();
			ada.seesPeople("Ada").seesHappen("disconnect", "Ben").leave();
		}
	}

	@Test
	void namesAndStatesAreShownAsText() {
		Visitor ada = enter(first, "ada", "Ada");
		Visitor mallory = enter(second, HOSTILE, HOSTILE);
		mallory.page().locator("#note").fill(HOSTILE);
		mallory.page().locator("#note").press("Enter");
		ada.seesPeople(HOSTILE, "Ada").seesNote(HOSTILE, HOSTILE).seesHappen("join", HOSTILE);
		mallory.page().locator("#stage").hover();
		PlaywrightAssertions.assertThat(ada.page().locator(".cursor span")).hasText(HOSTILE);
		ada.page().reload();
		ada.seesStatus("live").seesPeople(HOSTILE, "Ada").seesNote(HOSTILE, HOSTILE);
		assertThat(ada.page().locator("main img, aside img, #people img, #activity img").count()).isZero();
		assertThat(ada.complaints()).isEmpty();
		assertThat(mallory.complaints()).isEmpty();
		mallory.leave();
		ada.leave();
	}

	@Test
	void guestsAreDifferentPeople() {
		Visitor guest = Visitor.enter(first, app.uri("/"), this.room);
		Visitor other = Visitor.enter(second, app.uri("/"), this.room);
		guest.seesPeople("Guest", "Guest");
		other.seesPeople("Guest", "Guest").leave();
		guest.seesPeople("Guest").leave();
	}

	@Test
	void cursorsFollowPointerAndKeyboard() {
		Visitor ada = enter(first, "ada", "Ada");
		Visitor ben = enter(second, "ben", "Ben");
		ben.page().locator("#stage").hover();
		PlaywrightAssertions.assertThat(ada.page().locator(".cursor span")).hasText("Ben");
		String before = ada.page().locator(".cursor").getAttribute("style");
		ben.page().locator("#stage").focus();
		ben.page().keyboard().press("ArrowRight");
		PlaywrightAssertions.assertThat(ada.page().locator(".cursor")).not().hasAttribute("style", before);
		PlaywrightAssertions.assertThat(ben.page().locator(".cursor")).hasCount(0);
		ben.page().keyboard().press("Tab");
		ada.page().bringToFront();
		ben.leave();
		PlaywrightAssertions.assertThat(ada.page().locator(".cursor")).hasCount(0);
		ada.leave();
	}

	@Test
	void otherRoomsShowHowManyAreThere() {
		Visitor ada = Visitor.enter(first, app.uri("/"), "lobby", "ada", "Ada");
		Visitor ben = Visitor.enter(second, app.uri("/"), "design", "ben", "Ben");
		PlaywrightAssertions.assertThat(ada.page().locator(".rooms a[data-room=design] .badge b")).hasText("1");
		ben.page().locator(".rooms a[data-room=lobby]").click();
		ada.seesPeople("Ada", "Ben");
		PlaywrightAssertions.assertThat(ada.page().locator(".rooms a[data-room=design] .badge b")).hasText("0");
		ben.seesStatus("live").seesPeople("Ada", "Ben");
		ben.page().goBack(new Page.GoBackOptions().setWaitUntil(WaitUntilState.COMMIT));
		ada.seesPeople("Ada");
		PlaywrightAssertions.assertThat(ada.page().locator(".rooms a[data-room=design] .badge b")).hasText("1");
		ben.leave();
		ada.leave();
	}

	@Test
	void aReconnectAfterARestartNeverShowsAnEmptyList() {
		AppProcess own = AppProcess.start();
		try {
			Visitor ada = Visitor.enter(first, own.uri("/"), this.room, "ada", "Ada").seesPeople("Ada");
			Visitor ben = Visitor.enter(second, own.uri("/"), this.room, "ben", "Ben").seesPeople("Ada", "Ben");
			ada.seesPeople("Ada", "Ben");
			ada.watchesHowManyPeople();
			own.kill();
			ada.seesStatus("reconnecting…").seesPeople("Ada", "Ben");
			own = own.startAgain();
			ada.seesStatus("live").seesPeople("Ada", "Ben");
			ben.seesStatus("live").seesPeople("Ada", "Ben");
			assertThat(ada.fewestPeople()).isPositive();
			ben.leave();
			ada.leave();
		}
		finally {
			own.close();
		}
	}

	@Test
	void theServerRendersWhatTheBrowserThenShows() {
		Visitor ben = enter(second, "ben", "Ben van den Berg");
		ben.page().locator("#note").fill("👩‍🚀 in space");
		ben.page().locator("#note").press("Enter");
		Visitor ada = enter(first, "ada", "Ada").seesNote("ben", "👩‍🚀 in space");
		URI address = URI.create(ada.page().url());
		Visitor withoutScript = Visitor.look(first, address,
				new Browser.NewContextOptions().setJavaScriptEnabled(false));
		assertThat(row(withoutScript)).isEqualTo(row(ada));
		withoutScript.leave();
		ben.leave();
		ada.leave();
	}

	private static List<String> row(Visitor visitor) {
		var row = visitor.person("ben");
		return List.of(row.locator(".avatar").getAttribute("class"), row.locator(".avatar").textContent(),
				row.locator(".name").textContent(), row.locator(".status").textContent(),
				row.locator(".note").textContent());
	}

	@ParameterizedTest
	@CsvSource({ "390, 844, LIGHT", "390, 844, DARK", "1280, 900, LIGHT", "1280, 900, DARK" })
	void isAccessibleAndFitsTheScreen(int width, int height, ColorScheme scheme) {
		Visitor zoe = enter(second, "zoe", "Zoë van der Berg-Hollandsworth of Somewhere");
		zoe.page().locator("#note").fill("Back after lunch, which may take a little longer today than usual");
		zoe.page().locator("#note").press("Enter");
		Visitor ben = enter(second, "ben", "Ben");
		Visitor ada = Visitor
			.look(first, URI.create(ben.page().url().replace("user=ben&name=Ben", "user=ada&name=Ada+Lovelace")),
					new Browser.NewContextOptions().setViewportSize(width, height).setColorScheme(scheme))
			.seesStatus("live");
		Visitor chi = enter(second, "chi", "Chidi");
		ben.page().locator("#away").click();
		chi.page().locator("#stage").hover();
		chi.page().locator("#note").fill("I was thinking");
		ada.sees("ben", "away").sees("chi", "typing…").seesHappen("join", "Chidi");
		PlaywrightAssertions.assertThat(ada.page().locator(".cursor")).isVisible();
		ada.page()
			.screenshot(new Page.ScreenshotOptions().setFullPage(true)
				.setPath(Path.of("target", "screenshots", width + "-" + scheme + ".png")));
		assertThat(ada.page().evaluate("document.documentElement.scrollWidth")).isEqualTo(width);
		AxeResults axe = new AxeBuilder(ada.page()).analyze();
		assertThat(axe.getViolations()).as(() -> axe.getViolations().toString()).isEmpty();
		assertThat(ada.complaints()).isEmpty();
		for (Visitor each : List.of(zoe, ben, chi, ada)) {
			each.leave();
		}
	}

	@Test
	void loadsNothingFromElsewhere() {
		Visitor ada = enter(first, "ada", "Ada");
		assertThat(
				ada.page().evaluate("performance.getEntriesByType('resource').map(({ name }) => new URL(name).origin)"))
			.asInstanceOf(InstanceOfAssertFactories.LIST)
			.isNotEmpty()
			.containsOnly(app.uri("").toString());
		assertThat(ada.complaints()).isEmpty();
		ada.leave();
	}

	@Test
	void canBeUsedByKeyboardAlone() {
		Visitor ada = enter(first, "ada", "Ada");
		Page page = ada.page();
		page.keyboard().press("Tab");
		PlaywrightAssertions.assertThat(page.locator(".skip")).isFocused();
		page.keyboard().press("Enter");
		page.keyboard().press("Tab");
		PlaywrightAssertions.assertThat(page.locator("#stage")).isFocused();
		page.keyboard().press("Tab");
		page.keyboard().type("Here");
		page.keyboard().press("Enter");
		ada.seesNote("ada", "Here");
		page.keyboard().press("Tab");
		page.keyboard().press("Tab");
		PlaywrightAssertions.assertThat(page.locator("#away")).isFocused();
		page.keyboard().press("Space");
		ada.sees("ada", "away");
		ada.leave();
	}

}
