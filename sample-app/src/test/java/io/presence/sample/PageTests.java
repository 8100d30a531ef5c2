package io.presence.sample;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import io.presence.InvalidTopicException;
import io.presence.PresenceAction;
import io.presence.PresenceAuthorizer;
import io.presence.PresenceMember;
import io.presence.PresenceRequest;
import io.presence.PresenceRoster;
import io.presence.PresenceService;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.BDDMockito.given;

/**
 * What the server renders, before any JavaScript runs.
 */
@WebMvcTest
class PageTests {

	private static final String HOSTILE = "<img src=x onerror=alert(1)>";

	@Autowired
	private MockMvcTester mvc;

	@MockitoBean
	private PresenceService presence;

	@MockitoBean
	private PresenceAuthorizer authorizer;

	@BeforeEach
	void emptyRooms() {
		given(this.authorizer.isAllowed(any())).willReturn(true);
		given(this.presence.rosterAsync(anyString())).willAnswer((call) -> CompletableFuture
			.completedFuture(new PresenceRoster(call.getArgument(0), List.of(), 0, 1, false)));
	}

	@Test
	void showsHowManyAreInTheOtherRooms() {
		PresenceMember ada = new PresenceMember("ada", Map.of("id", "ada"), null);
		given(this.presence.rosterAsync("design"))
			.willReturn(CompletableFuture.completedFuture(new PresenceRoster("design", List.of(ada), 17, 1, false)));
		assertThat(get("/")).bodyText()
			.containsSubsequence("data-room=\"design\"", "<b>17</b>", "data-room=\"kitchen\"", "<b>0</b>");
	}

	@Test
	void showsWhoIsPresentNow() {
		given(this.presence.list("lobby")).willReturn(
				List.of(new PresenceMember("ben", Map.of("id", "ben", "name", "Ben Ali"), null), new PresenceMember(
						"ada", Map.of("id", "ada", "name", "Ada"), Map.of("status", "away", "note", "at lunch"))));
		assertThat(get("/?user=ada&name=Ada")).hasStatusOk()
			.bodyText()
			.containsSubsequence("<b id=\"count\">2</b>", "data-key=\"ada\"", "away", "at lunch", "data-key=\"ben\"",
					"BA", "Ben Ali", "online");
	}

	@Test
	void showsNobodyToThoseWhoMayNotLook() {
		PresenceMember ben = new PresenceMember("ben", Map.of("id", "ben", "name", "Ben Ali"), null);
		given(this.presence.list("lobby")).willReturn(List.of(ben));
		given(this.presence.rosterAsync("lobby"))
			.willReturn(CompletableFuture.completedFuture(new PresenceRoster("lobby", List.of(ben), 17, 1, false)));
		DemoUser ada = new DemoUser("ada", "Ada");
		given(this.authorizer.isAllowed(new PresenceRequest(PresenceAction.OBSERVE, "lobby", null, ada, null)))
			.willReturn(false);
		assertThat(get("/?user=ada&name=Ada")).hasStatusOk()
			.bodyText()
			.contains("<b id=\"count\">0</b>")
			.doesNotContain("Ben Ali", "<b>17</b>");
		assertThat(get("/?user=eve&name=Eve")).bodyText().contains("Ben Ali", "<b>17</b>");
	}

	@Test
	void showsTheFacesOfAFewAndHowManyMoreThereAre() {
		given(this.presence.list("lobby")).willReturn(IntStream.range(0, 7)
			.mapToObj((i) -> new PresenceMember("u" + i, Map.of("id", "u" + i), null))
			.toList());
		assertThat(get("/")).bodyText().contains("class=\"avatar more\">+1</li>");
		given(this.presence.list("lobby")).willReturn(List.of(new PresenceMember("ada", Map.of("id", "ada"), null)));
		assertThat(get("/")).bodyText().doesNotContain("avatar more");
	}

	@Test
	void showsNamesStatesAndRoomsAsText() {
		given(this.presence.list(HOSTILE)).willReturn(
				List.of(new PresenceMember(HOSTILE, Map.of("id", HOSTILE, "name", HOSTILE), Map.of("note", HOSTILE))));
		MvcTestResult page = this.mvc.get()
			.uri("/")
			.param("room", HOSTILE)
			.param("user", HOSTILE)
			.param("name", "\"><script>alert(1)</script>")
			.exchange();
		assertThat(page).hasStatusOk()
			.bodyText()
			.contains("&lt;img src=x onerror=alert(1)&gt;")
			.doesNotContain("<img src=x", "<script>alert");
	}

	@Test
	void survivesDataAndStatesOfAnyShape() {
		given(this.presence.list("lobby")).willReturn(
				List.of(new PresenceMember("~1", Map.of(), "text"), new PresenceMember("7", Map.of("id", 7), 42),
						new PresenceMember("o", Map.of("id", "o", "name", Map.of("first", "O")), List.of(1)),
						new PresenceMember("e", Map.of("id", "e", "name", "👩‍🚀 Eve"),
								Map.of("note", List.of(), "status", 1))));
		assertThat(get("/")).hasStatusOk().bodyText().contains("Guest", ">7<", "👩E");
	}

	@Test
	void linksToRoomsKeepTheVisitor() {
		assertThat(get("/?room=a%26b&user=ada&name=Ada%20L")).bodyText()
			.contains("href=\"/?room=lobby&amp;user=ada&amp;name=Ada%20L\"")
			.containsSubsequence("href=\"/?room=a%26b&amp;user=ada&amp;name=Ada%20L\"", "data-room=\"a&amp;b\"",
					"aria-current=\"page\"");
	}

	@Test
	void withoutAUserTheVisitorIsAGuest() {
		assertThat(get("/?name=Ada")).bodyText()
			.contains("href=\"/?room=lobby\"")
			.doesNotContain("data-user=", "data-name=");
	}

	@Test
	void letsTheBrowserRunNothingButItsOwnFiles() {
		assertThat(get("/")).hasHeader("X-Content-Type-Options", "nosniff")
			.headers()
			.hasHeaderSatisfying("Content-Security-Policy",
					(policies) -> assertThat(policies).singleElement()
						.asString()
						.contains("default-src 'self'")
						.doesNotContain("unsafe"));
	}

	@Test
	void tellsWhoIsInARoom() {
		given(this.presence.roster("room:42")).willReturn(new PresenceRoster("room:42",
				List.of(new PresenceMember("ada", Map.of("id", "ada", "name", "Ada"), Map.of("status", "away"))), 1, 7,
				false));
		assertThat(get("/api/rooms/room:42")).hasStatusOk()
			.hasContentTypeCompatibleWith(MediaType.APPLICATION_JSON)
			.bodyJson()
			.isStrictlyEqualTo("""
					{"room":"room:42","online":1,"users":[{"id":"ada","name":"Ada"}]}""");
	}

	@Test
	void refusesWhatIsNoName() {
		given(this.presence.roster("__x")).willThrow(new InvalidTopicException("The topic '__x' begins with '__'"));
		given(this.presence.list("__x")).willThrow(new InvalidTopicException("The topic '__x' begins with '__'"));
		assertThat(get("/api/rooms/__x")).hasStatus(HttpStatus.BAD_REQUEST)
			.bodyJson()
			.extractingPath("detail")
			.asString()
			.contains("__x");
		assertThat(get("/?room=__x")).hasStatus(HttpStatus.FOUND).hasRedirectedUrl("/");
	}

	@Test
	void aRoomThatIsConfiguredWronglyIsNoLoop() {
		given(this.presence.rosterAsync("design")).willThrow(new InvalidTopicException("The topic 'design' cannot be"));
		assertThat(get("/?room=kitchen")).hasStatus(HttpStatus.FOUND);
		assertThat(get("/")).failure().hasRootCauseInstanceOf(InvalidTopicException.class);
	}

	private MvcTestResult get(String uri) {
		return this.mvc.get().uri(URI.create(uri)).exchange();
	}

}
