package io.presence.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The last diffs of a topic, so that a client which comes back after a moment gets what
 * it missed instead of everything. Bounded by age, by number and by what a snapshot would
 * cost.
 */
final class DiffHistory {

	private static final int MAX_DIFFS = 128;

	private static final int MIN_ENTRIES = 64;

	private static final long MAX_AGE_NANOS = 60_000_000_000L;

	private final Deque<Entry> entries = new ArrayDeque<>(1);

	private int size;

	void add(Diff diff, long from, long now, int members) {
		this.entries.addLast(new Entry(diff.compact(), from, now));
		this.size += diff.size();
		while (this.entries.size() > MAX_DIFFS || this.size > Math.max(members, MIN_ENTRIES)
				|| (!this.entries.isEmpty() && now - this.entries.getFirst().at > MAX_AGE_NANOS)) {
			this.size -= this.entries.removeFirst().diff.size();
		}
	}

	/**
	 * Returns the one diff from a version to the last.
	 * @param version a version before the last
	 * @return the diff, {@code null} if it is no longer known
	 */
	@Nullable Diff since(long version) {
		List<Diff> diffs = new ArrayList<>();
		for (Entry entry : this.entries) {
			if (entry.from == version || !diffs.isEmpty()) {
				diffs.add(entry.diff);
			}
		}
		return diffs.isEmpty() ? null : Diff.merge(diffs);
	}

	private record Entry(Diff diff, long from, long at) {

	}

}
