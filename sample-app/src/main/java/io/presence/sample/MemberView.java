package io.presence.sample;

import java.util.Locale;
import java.util.Map;
import java.util.Objects;

import io.presence.PresenceMember;

/**
 * A member as the page shows it. {@code app.js} makes the same of a member.
 *
 * @param key the key of the member
 * @param name the name to show, of at most {@value #MAX_NAME} code points
 * @param initials one or two letters for the avatar
 * @param colour the number of the avatar's colour in the style sheet, from 0
 * @param away whether the member is away
 * @param typing whether the member is typing
 * @param note what the member says of itself, empty if nothing
 */
record MemberView(String key, String name, String initials, int colour, boolean away, boolean typing, String note) {

	private static final int COLOURS = 12;

	private static final int MAX_NAME = 60;

	private static final int MAX_NOTE = 140;

	static MemberView of(PresenceMember member) {
		String name = name(member);
		Map<?, ?> state = (member.state() instanceof Map<?, ?> map) ? map : Map.of();
		return new MemberView(member.key(), name, initials(name), Math.floorMod(member.key().hashCode(), COLOURS),
				"away".equals(state.get("status")), Boolean.TRUE.equals(state.get("typing")),
				(state.get("note") instanceof String note) ? shorten(note, MAX_NOTE) : "");
	}

	private static String name(PresenceMember member) {
		Object name = member.data().get("name");
		if (name == null || name.toString().isBlank()) {
			name = Objects.requireNonNullElse(member.data().get("id"), "Guest");
		}
		return shorten(name.toString().strip(), MAX_NAME);
	}

	private static String initials(String name) {
		String[] words = name.split("\\s+");
		String initials = letter(words[0]) + ((words.length > 1) ? letter(words[words.length - 1]) : "");
		return initials.toUpperCase(Locale.ROOT);
	}

	private static String letter(String word) {
		return shorten(word, 1);
	}

	private static String shorten(String text, int codePoints) {
		return (text.codePointCount(0, text.length()) > codePoints)
				? text.substring(0, text.offsetByCodePoints(0, codePoints)) : text;
	}

}
