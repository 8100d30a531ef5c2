package io.presence.redis.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * One registration's hold of a member.
 *
 * @param registration the registration
 * @param stamp the stamp, in decimal
 * @param data the data
 */
record ModelHold(String registration, String stamp, String data) {

	static final Comparator<ModelHold> NEWEST_FIRST = Comparator
		.comparingLong((ModelHold hold) -> Long.parseLong(hold.stamp()))
		.thenComparing(ModelHold::registration)
		.reversed();

	private static final Pattern HEAD = Pattern.compile("([A-Za-z0-9_-]+):([0-9]{1,16}):(=|[0-9]{1,9}):");

	/**
	 * Returns the holds of a member from the text of its field, {@code null} if it is
	 * unreadable.
	 */
	static @Nullable List<ModelHold> parse(String text) {
		List<ModelHold> holds = new ArrayList<>();
		Matcher head = HEAD.matcher(text);
		String data = null;
		int at = 0;
		while (at < text.length()) {
			if (!head.region(at, text.length()).lookingAt()) {
				return null;
			}
			at = head.end();
			if (!head.group(3).equals("=")) {
				int end = at + Integer.parseInt(head.group(3));
				if (end > text.length()) {
					return null;
				}
				data = text.substring(at, end);
				at = end;
			}
			if (data == null) {
				return null;
			}
			holds.add(new ModelHold(head.group(1), head.group(2), data));
		}
		return holds.isEmpty() ? null : holds;
	}

	static String format(List<ModelHold> holds) {
		StringBuilder text = new StringBuilder();
		String data = null;
		for (ModelHold hold : holds) {
			text.append(hold.registration()).append(':').append(hold.stamp()).append(':');
			if (hold.data().equals(data)) {
				text.append("=:");
			}
			else {
				data = hold.data();
				text.append(data.length()).append(':').append(data);
			}
		}
		return text.toString();
	}

	boolean isYielding() {
		return this.stamp.equals("0");
	}

	/**
	 * Takes a registration's first hold out of a list.
	 */
	static @Nullable ModelHold take(List<ModelHold> holds, String registration) {
		for (ModelHold hold : holds) {
			if (hold.registration().equals(registration)) {
				holds.remove(hold);
				return hold;
			}
		}
		return null;
	}

}
