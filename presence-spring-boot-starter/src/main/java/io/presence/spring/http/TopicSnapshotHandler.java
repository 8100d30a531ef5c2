package io.presence.spring.http;

import java.security.Principal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.util.LinkedCaseInsensitiveMap;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

import io.presence.InvalidTopicException;
import io.presence.PresenceAccessDeniedException;
import io.presence.PresenceAction;
import io.presence.PresenceAuthorizer;
import io.presence.PresenceHandshake;
import io.presence.PresenceMember;
import io.presence.PresenceRequest;
import io.presence.PresenceRoster;
import io.presence.PresenceService;
import io.presence.PresenceUserResolver;

/**
 * Answers who is present in a topic, to whom may observe it. Whoever may not gets the
 * same answer as for a topic in which nobody is, so that it tells nothing about topics.
 */
public final class TopicSnapshotHandler {

	private static final Logger logger = LoggerFactory.getLogger(TopicSnapshotHandler.class);

	private final PresenceService presence;

	private final PresenceAuthorizer authorizer;

	private final PresenceUserResolver resolver;

	/**
	 * Creates a handler.
	 * @param presence knows who is present
	 * @param authorizer is asked about observing
	 * @param resolver tells who sends a request, as for a handshake
	 */
	public TopicSnapshotHandler(PresenceService presence, PresenceAuthorizer authorizer,
			PresenceUserResolver resolver) {
		this.presence = presence;
		this.authorizer = authorizer;
		this.resolver = resolver;
	}

	/**
	 * Answers a request with the parameter {@code topic}: 200 with the members, as last
	 * known if Redis does not answer; 404 if nobody is there or the topic may not be
	 * observed; 400 if there is not exactly one valid name of a topic; 403 if the
	 * resolver denies access.
	 * @param request the request
	 * @return the answer, not to be stored
	 */
	public ServerResponse answer(ServerRequest request) {
		List<String> topics = request.params().getOrDefault("topic", List.of());
		if (topics.size() != 1) {
			return problem(HttpStatus.BAD_REQUEST, "Give the name of one topic: ?topic=room:42");
		}
		String topic = topics.get(0);
		Principal principal = request.servletRequest().getUserPrincipal();
		Object user;
		try {
			user = this.resolver.resolve(handshake(request, principal));
		}
		catch (PresenceAccessDeniedException ex) {
			logger.debug("A request for a snapshot is refused", ex);
			return problem(HttpStatus.FORBIDDEN, "Access is denied");
		}
		try {
			PresenceRoster roster = this.authorizer
				.isAllowed(new PresenceRequest(PresenceAction.OBSERVE, topic, principal, user, null))
						? this.presence.roster(topic) : null;
			return (roster != null && (roster.count() > 0 || roster.stale())) ? ok(roster)
					: problem(HttpStatus.NOT_FOUND, "Nobody is there whom you may see");
		}
		catch (InvalidTopicException ex) {
			return problem(HttpStatus.BAD_REQUEST, "This is no name of a topic");
		}
	}

	private static ServerResponse ok(PresenceRoster roster) {
		List<Map<String, @Nullable Object>> members = new ArrayList<>(roster.count());
		for (PresenceMember member : roster.members()) {
			Map<String, @Nullable Object> shown = new LinkedHashMap<>();
			shown.put("key", member.key());
			shown.put("data", member.data());
			if (member.state() != null) {
				shown.put("state", member.state());
			}
			members.add(shown);
		}
		Map<String, Object> body = new LinkedHashMap<>();
		body.put("topic", roster.topic());
		body.put("count", roster.count());
		body.put("stale", roster.stale());
		body.put("members", members);
		return ServerResponse.ok().cacheControl(CacheControl.noStore()).body(body);
	}

	private static ServerResponse problem(HttpStatus status, String detail) {
		return ServerResponse.status(status)
			.cacheControl(CacheControl.noStore())
			.body(ProblemDetail.forStatusAndDetail(status, detail));
	}

	private static PresenceHandshake handshake(ServerRequest request, @Nullable Principal principal) {
		Map<String, List<String>> headers = new LinkedCaseInsensitiveMap<>();
		request.headers().asHttpHeaders().forEach((name, values) -> headers.put(name, List.copyOf(values)));
		return new PresenceHandshake(request.uri(), Collections.unmodifiableMap(headers),
				Collections.unmodifiableMap(request.params()), principal, request.servletRequest().getRemoteAddr());
	}

}
