package io.presence.sample;

import java.security.Principal;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;

import io.presence.InvalidTopicException;
import io.presence.PresenceAction;
import io.presence.PresenceAuthorizer;
import io.presence.PresenceMember;
import io.presence.PresenceRequest;
import io.presence.PresenceService;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * Renders the page with those who are present now; the browser keeps it up to date from
 * there.
 */
@Controller
class PageController {

	private static final Comparator<MemberView> BY_NAME = Comparator
		.comparing(MemberView::name, String.CASE_INSENSITIVE_ORDER)
		.thenComparing(MemberView::key);

	private final PresenceService presence;

	private final PresenceAuthorizer authorizer;

	private final SampleProperties properties;

	private final Instance instance;

	PageController(PresenceService presence, PresenceAuthorizer authorizer, SampleProperties properties,
			Instance instance) {
		this.presence = presence;
		this.authorizer = authorizer;
		this.properties = properties;
		this.instance = instance;
	}

	@GetMapping("/")
	String page(@RequestParam(required = false) @Nullable String room,
			@RequestParam(required = false) @Nullable String user,
			@RequestParam(required = false) @Nullable String name, @Nullable Principal principal, Model model) {
		String current = (room != null && !room.isBlank()) ? room : this.properties.rooms().get(0);
		DemoUser visitor = DemoUser.of(user, name);
		Set<String> names = new LinkedHashSet<>(this.properties.rooms());
		names.add(current);
		List<CompletableFuture<RoomView>> rooms = names.stream()
			.map((each) -> room(each, visitor, mayLook(each, visitor, principal)))
			.toList();
		List<PresenceMember> members = mayLook(current, visitor, principal) ? this.presence.list(current) : List.of();
		model.addAttribute("room", current);
		model.addAttribute("rooms", rooms.stream().map(CompletableFuture::join).toList());
		model.addAttribute("members", members.stream().map(MemberView::of).sorted(BY_NAME).toList());
		model.addAttribute("user", visitor);
		model.addAttribute("newUser", "user-" + Integer.toHexString(ThreadLocalRandom.current().nextInt()));
		model.addAttribute("here", link(current, visitor));
		model.addAttribute("asGuest", link(current, null));
		model.addAttribute("instance", this.instance.name());
		return "index";
	}

	/**
	 * Leads to the first room of the page whoever asks for one that cannot be. A room
	 * that is configured wrongly is a failure: there is no better page.
	 */
	@ExceptionHandler
	String noRoom(InvalidTopicException ex, WebRequest request) {
		if (request.getParameter("room") == null) {
			throw ex;
		}
		return "redirect:/";
	}

	/**
	 * Asks what the socket of the page will be asked: the service itself answers
	 * everybody.
	 */
	private boolean mayLook(String room, @Nullable DemoUser visitor, @Nullable Principal principal) {
		return this.authorizer.isAllowed(new PresenceRequest(PresenceAction.OBSERVE, room, principal, visitor, null));
	}

	/**
	 * Asks for all rooms at once: where Redis is slow, the page waits for one answer, not
	 * for each.
	 */
	private CompletableFuture<RoomView> room(String name, @Nullable DemoUser visitor, boolean mayLook) {
		if (!mayLook) {
			return CompletableFuture.completedFuture(new RoomView(name, 0, link(name, visitor)));
		}
		return this.presence.rosterAsync(name)
			.thenApply((roster) -> new RoomView(name, roster.count(), link(name, visitor)))
			.toCompletableFuture();
	}

	private static String link(String room, @Nullable DemoUser visitor) {
		UriComponentsBuilder link = UriComponentsBuilder.fromPath("/").queryParam("room", "{room}");
		if (visitor == null) {
			return link.encode().buildAndExpand(room).toUriString();
		}
		return link.queryParam("user", "{user}")
			.queryParam("name", "{name}")
			.encode()
			.buildAndExpand(room, visitor.id(), visitor.name())
			.toUriString();
	}

	/**
	 * A room as the page lists it.
	 *
	 * @param name the name of the room and of its topic
	 * @param online the number of members, 0 if the visitor may not know
	 * @param link where the visitor enters it
	 */
	record RoomView(String name, int online, String link) {

	}

}
