package io.presence.sample;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import io.presence.KickMode;
import io.presence.PresenceAuthorizer;
import io.presence.PresenceService;
import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.sample.support.AppProcess;
import io.presence.sample.support.BrowserTest;
import io.presence.sample.support.Chromium;
import io.presence.sample.support.PageMemory;
import io.presence.sample.support.PresenceSocket;
import io.presence.sample.support.TcpProxy;
import io.presence.sample.support.Visitor;
import org.assertj.core.data.Offset;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What people in real browsers see of each other across two instances on Redis, also
 * while instances and networks fail.
 */
@BrowserTest
@ExtendWith(RedisServerExtension.class)
class ClusterBrowserIT {

	private static RedisServer redis;

	private static String[] arguments;

	private static AppProcess one;

	private static AppProcess two;

	private static Chromium browser;

	private final String room = "room:" + UUID.randomUUID();

	@BeforeAll
	static void start(RedisServer server) {
		redis = server;
		arguments = new String[] { "--presence.store=redis", "--spring.data.redis.port=" + redis.port(),
				"--presence.redis.lease=3s", "--presence.redis.lease-renewal=1s", "--presence.ttl=9s",
				"--presence.http.enabled=true", "--presence.websocket.ping-interval=2s",
				"--presence.websocket.pong-timeout=10s", "--presence.access[0].pattern=secret:**",
				"--presence.access[0].allow=nobody", "--presence.access[1].pattern=**",
				"--presence.access[1].allow=anyone" };
		one = AppProcess.start(arguments);
		two = AppProcess.start(arguments);
		browser = Chromium.start();
	}

	@AfterAll
	static void stop() {
		browser.close();
		one.close();
		two.close();
	}

	@BeforeEach
	void patience() {
		PlaywrightAssertions.setDefaultAssertionTimeout(30_000);
	}

	private Visitor enter(URI home, String user, String name) {
		return Visitor.enter(browser, home, this.room, user, name);
	}

	/** Each of them sees exactly what both instances answer. */
	private void seeWhatServersSay(Visitor... visitors) {
		for (Visitor visitor : visitors) {
			visitor.seesWhatServersSay(this.room, one, two);
		}
	}

	@Test
	void usersOfTwoInstancesSeeEachOther() {
		Visitor ada = enter(one.uri("/"), "ada", "Ada");
		Visitor ben = enter(two.uri("/"), "ben", "Ben").seesPeople("Ada", "Ben");
		ada.seesPeople("Ada", "Ben");
		seeWhatServersSay(ada, ben);
		Visitor tab = enter(one.uri("/"), "ben", "Ben").seesPeople("Ada", "Ben");
		seeWhatServersSay(ada, ben, tab);
		ben.page().locator("#note").fill("hm");
		ada.sees("ben", "typing…");
		seeWhatServersSay(ada, ben, tab);
		ada.sees("ben", "online");
		seeWhatServersSay(ada, ben, tab);
		ben.page().locator("#away").click();
		tab.page().locator("#note").fill("Both tabs");
		tab.page().locator("#note").press("Enter");
		ada.seesNote("ben", "Both tabs");
		tab.leave();
		ada.sees("ben", "away");
		seeWhatServersSay(ada, ben);
		ben.leave();
		ada.seesPeople("Ada").seesHappen("disconnect", "Ben");
		seeWhatServersSay(ada);
		assertThat(ada.activity()).containsExactly("join Ben", "disconnect Ben");
		assertThat(ada.complaints()).isEmpty();
		ada.leave();
	}

	@Test
	void aRoomThatLetsNobodyInSaysSo() {
		Visitor ada = Visitor.enter(browser, one.uri("/"), "secret:plans", "ada", "Ada");
		PlaywrightAssertions.assertThat(ada.page().locator("#notice")).hasText("You may not enter this room.");
		ada.seesPeople().seesWhatServersSay("secret:plans", one, two).leave();
	}

	@Test
	void whoIsKickedByAnotherInstanceIsToldAndIsGone() {
		Visitor ada = enter(one.uri("/"), "ada", "Ada");
		Visitor ben = enter(two.uri("/"), "ben", "Ben");
		Visitor tab = enter(one.uri("/"), "ben", "Ben");
		ada.seesPeople("Ada", "Ben");
		try (ConfigurableApplicationContext third = new SpringApplicationBuilder(SampleApplication.class)
			.properties("server.port=0")
			.run(arguments)) {
			PresenceService presence = third.getBean(PresenceService.class);
			CompletableFuture<Integer> kicked = presence.kick("ben", this.room, KickMode.LEAVE).toCompletableFuture();
			assertThat(kicked).succeedsWithin(Duration.ofSeconds(20)).isEqualTo(2);
			for (Visitor each : List.of(ben, tab)) {
				PlaywrightAssertions.assertThat(each.page().locator("#notice"))
					.hasText("You were removed from this room.");
				each.seesStatus("live");
			}
			ada.seesPeople("Ada").seesHappen("kicked", "Ben");
			assertThat(ada.activity()).containsExactly("join Ben", "kicked Ben");
			seeWhatServersSay(ada);
			ben.seesPeople();
			tab.seesPeople();
		}
		List.of(ada, ben, tab).forEach(Visitor::leave);
	}

	@Test
	void whoMayNoLongerBeInARoomIsToldAndIsGone() {
		Set<String> banned = ConcurrentHashMap.newKeySet();
		PresenceAuthorizer authorizer = (request) -> !(request.topic().equals(this.room)
				&& request.userData() instanceof DemoUser user && banned.contains(user.id()));
		try (ConfigurableApplicationContext third = new SpringApplicationBuilder(SampleApplication.class)
			.properties("server.port=0")
			.initializers((context) -> ((GenericApplicationContext) context).registerBean(PresenceAuthorizer.class,
					() -> authorizer))
			.run(arguments)) {
			URI home = URI.create("http://127.0.0.1:" + third.getEnvironment().getProperty("local.server.port") + "/");
			Visitor ada = enter(one.uri("/"), "ada", "Ada");
			Visitor ben = enter(home, "ben", "Ben");
			ada.seesPeople("Ada", "Ben");
			Visitor carl = enter(home, "carl", "Carl");
			ada.seesPeople("Ada", "Ben", "Carl");
			banned.add("ben");
			assertThat(third.getBean(PresenceService.class).revalidate("ben").toCompletableFuture())
				.succeedsWithin(Duration.ofSeconds(20))
				.isEqualTo(1);
			PlaywrightAssertions.assertThat(ben.page().locator("#notice"))
				.hasText("You may not be in this room any more.");
			ben.seesPeople().seesStatus("live");
			ada.seesPeople("Ada", "Carl").seesHappen("kicked", "Ben");
			seeWhatServersSay(ada, carl);
			assertThat(ada.activity()).containsExactly("join Ben", "join Carl", "kicked Ben");
			ben.page().reload();
			PlaywrightAssertions.assertThat(ben.page().locator("#notice")).hasText("You may not enter this room.");
			ben.seesPeople();
			seeWhatServersSay(ada, carl);
			banned.clear();
			ben.page().reload();
			ben.seesPeople("Ada", "Ben", "Carl");
			seeWhatServersSay(ada, ben, carl);
			List.of(ada, ben, carl).forEach(Visitor::leave);
		}
	}

	@Test
	void whoLosesTheInstanceMovesToAnotherAndNobodySeesThemLeave() {
		AppProcess doomed = AppProcess.start(arguments);
		try (TcpProxy balancer = TcpProxy.to(doomed.port())) {
			Visitor ada = enter(one.uri("/"), "ada", "Ada");
			Visitor ben = enter(URI.create("http://127.0.0.1:" + balancer.port() + "/"), "ben", "Ben");
			ben.seesPeople("Ada", "Ben");
			ada.seesPeople("Ada", "Ben");
			doomed.kill();
			balancer.retarget(two.port());
			ben.seesStatus("reconnecting…").seesPeople("Ada", "Ben").seesStatus("live").seesPeople("Ada", "Ben");
			seeWhatServersSay(ada, ben);
			PlaywrightAssertions.assertThat(ben.page().locator("#instance"))
				.containsText(":" + two.port(), new LocatorAssertions.ContainsTextOptions());
			Visitor carl = enter(two.uri("/"), "carl", "Carl");
			ada.seesPeople("Ada", "Ben", "Carl");
			seeWhatServersSay(ada, ben, carl);
			carl.leave();
			ada.seesPeople("Ada", "Ben");
			seeWhatServersSay(ada, ben);
			assertThat(ben.activity()).doesNotContain("join Ada").noneMatch((line) -> line.endsWith("Ada"));
			ben.leave();
			ada.seesPeople("Ada").leave();
		}
		finally {
			doomed.close();
		}
	}

	@Test
	void whoseInstanceIsStoppedAndStartedComesBackWithoutAnEmptyList() {
		AppProcess own = AppProcess.start(arguments);
		try {
			Visitor ada = enter(one.uri("/"), "ada", "Ada");
			Visitor ben = enter(own.uri("/"), "ben", "Ben").seesPeople("Ada", "Ben");
			ben.page().locator("#note").fill("Still here");
			ben.page().locator("#note").press("Enter");
			ada.seesPeople("Ada", "Ben").seesNote("ben", "Still here");
			ben.watchesHowManyPeople();
			own.stop();
			ben.seesStatus("reconnecting…").seesPeople("Ada", "Ben");
			ada.seesPeople("Ada").seesHappen("shutdown", "Ben");
			seeWhatServersSay(ada);
			own = own.startAgain();
			ben.seesStatus("live").seesWhatServersSay(this.room, one, two, own);
			ada.seesPeople("Ada", "Ben").seesNote("ben", "Still here").seesWhatServersSay(this.room, one, two, own);
			assertThat(ben.fewestPeople()).isEqualTo(2);
			assertThat(ada.activity()).containsExactly("join Ben", "shutdown Ben", "join Ben");
			assertThat(ben.activity()).isEmpty();
			List.of(ada, ben).forEach(Visitor::leave);
		}
		finally {
			own.close();
		}
	}

	@Test
	void whoIsCutOffForAMinuteSeesItAndComesBackWithoutAnEmptyList() {
		try (TcpProxy wire = TcpProxy.to(two.port())) {
			Visitor ada = enter(one.uri("/"), "ada", "Ada");
			Visitor ben = enter(URI.create("http://127.0.0.1:" + wire.port() + "/"), "ben", "Ben");
			ben.seesPeople("Ada", "Ben");
			ada.seesPeople("Ada", "Ben");
			ben.watchesHowManyPeople();
			Instant minute = Instant.now().plusSeconds(60);
			wire.swallow();
			ada.seesPeople("Ada").seesHappen("timeout", "Ben");
			ben.seesStatus("reconnecting…");
			Visitor carl = enter(two.uri("/"), "carl", "Carl");
			Visitor dora = enter(one.uri("/"), "dora", "Dora");
			ada.seesPeople("Ada", "Carl", "Dora");
			dora.leave();
			ada.seesPeople("Ada", "Carl");
			seeWhatServersSay(ada, carl);
			Awaitility.await()
				.pollInSameThread()
				.atMost(Duration.ofSeconds(90))
				.until(() -> Instant.now().isAfter(minute));
			ben.seesStatus("reconnecting…").seesPeople("Ada", "Ben");
			wire.pass();
			ben.seesStatus("live").seesPeople("Ada", "Ben", "Carl");
			ada.seesPeople("Ada", "Ben", "Carl");
			seeWhatServersSay(ada, ben, carl);
			assertThat(ben.fewestPeople()).isEqualTo(2);
			assertThat(ada.activity()).containsExactly("join Ben", "timeout Ben", "join Carl", "join Dora",
					"disconnect Dora", "join Ben");
			assertThat(ben.activity()).containsExactly("join Carl");
			List.of(ada, ben, carl).forEach(Visitor::leave);
		}
	}

	@Test
	void aRoomOfFiveHundredIsShownAsItIs() {
		Visitor ada = enter(one.uri("/"), "ada", "Ada");
		List<PresenceSocket> crowd = crowd(0, 499, (i) -> "user" + i);
		PlaywrightAssertions.assertThat(ada.page().locator("#people li")).hasCount(500);
		PlaywrightAssertions.assertThat(ada.page().locator("#count")).hasText("500");
		PlaywrightAssertions.assertThat(ada.page().locator("#faces .more")).hasText("+494");
		Set<String> shown = keys(ada.page());
		assertThat(shown).hasSize(500).contains("ada", "user0", "user498").isEqualTo(crowd.get(498).keys());
		seeWhatServersSay(ada);
		for (int width : new int[] { 390, 1280 }) {
			ada.page().setViewportSize(width, 900);
			screenshot(ada, width + "-500-people");
			assertThat(ada.page().evaluate("document.documentElement.scrollWidth")).isEqualTo(width);
		}
		crowd.subList(100, 499).forEach(PresenceSocket::abort);
		PlaywrightAssertions.assertThat(ada.page().locator("#people li")).hasCount(101);
		seeWhatServersSay(ada);
		crowd.subList(0, 100).forEach(PresenceSocket::close);
		ada.seesPeople("Ada").leave();
	}

	private static void screenshot(Visitor visitor, String name) {
		visitor.page()
			.screenshot(new Page.ScreenshotOptions().setFullPage(true)
				.setPath(Path.of("target", "screenshots", name + ".png")));
	}

	private static Set<String> keys(Page page) {
		return new TreeSet<>((List<String>) page
			.evaluate("[...document.querySelectorAll('#people li')].map(row => row.dataset.key)"));
	}

	@Test
	void thePageNeedsNoMoreMemoryTheLongerItIsOpen() {
		Visitor ada = enter(one.uri("/"), "ada", "Ada");
		comeAndGo(60);
		ada.seesPeople("Ada");
		PageMemory early = PageMemory.of(ada.page());
		comeAndGo(660);
		ada.seesPeople("Ada");
		PageMemory late = PageMemory.of(ada.page());
		assertThat(late.objects()).as("%s after %s", late, early).isCloseTo(early.objects(), Offset.offset(50));
		assertThat(late.nodes()).isEqualTo(early.nodes());
		assertThat(late.listeners()).isEqualTo(early.listeners());
		ada.leave();
	}

	/** Twelve people a minute, say: sixty are five minutes, and the others an hour. */
	private void comeAndGo(int people) {
		for (int i = 0; i < people; i += 20) {
			crowd(i, i + 20, (n) -> UUID.randomUUID().toString()).forEach(PresenceSocket::close);
		}
	}

	/** Lets users join, every other one on the other instance, not too many at once. */
	private List<PresenceSocket> crowd(int from, int to, IntFunction<String> user) {
		List<PresenceSocket> crowd = new ArrayList<>();
		for (int i = from; i < to; i += 50) {
			IntStream.range(i, Math.min(i + 50, to))
				.mapToObj((n) -> PresenceSocket.joining((((n % 2) == 0) ? one : two).port(), this.room, user.apply(n)))
				.toList()
				.forEach((joining) -> crowd.add(joining.join()));
		}
		return crowd;
	}

	@ParameterizedTest
	@ValueSource(ints = { 320, 390 })
	void narrowScreensWorkAcrossInstancesToo(int width) {
		try (TcpProxy wire = TcpProxy.to(two.port())) {
			Visitor ada = Visitor
				.look(browser,
						URI.create("http://127.0.0.1:" + wire.port() + "/?room=" + this.room + "&user=ada&name=Ada"),
						new Browser.NewContextOptions().setViewportSize(width, 844).setHasTouch(true).setIsMobile(true))
				.seesStatus("live");
			Visitor ben = enter(one.uri("/"), "ben", "Ben").seesPeople("Ada", "Ben");
			ada.page().locator("#stage").tap();
			PlaywrightAssertions.assertThat(ben.page().locator(".cursor span")).hasText("Ada");
			nothingIsCutOff(ada);
			wire.swallow();
			wire.cut();
			ada.seesStatus("reconnecting…");
			nothingIsCutOff(ada);
			List.of(ada, ben).forEach(Visitor::leave);
		}
	}

	/**
	 * The page is as wide as the screen, and its connection badge as wide as its text.
	 */
	private static void nothingIsCutOff(Visitor visitor) {
		assertThat(
				visitor.page()
					.evaluate("[document.documentElement, document.getElementById('connection')]"
							+ ".map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth).join()"))
			.isEqualTo("0,0");
	}

}
