package io.presence.sample;

import java.util.Map;

import io.presence.PresenceRoster;
import io.presence.PresenceService;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/**
 * Answers who is in a room. A room is a topic of the same name.
 */
@RestController
class RoomController {

	private final PresenceService presence;

	RoomController(PresenceService presence) {
		this.presence = presence;
	}

	@GetMapping("/api/rooms/{room}")
	Map<String, Object> room(@PathVariable String room) {
		PresenceRoster roster = this.presence.roster(room);
		return Map.of("room", room, "online", roster.count(), "users", roster.data());
	}

}
