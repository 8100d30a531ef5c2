package io.presence.redis;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The marks of a bucket that were not answered, in order of arrival, each once.
 */
final class Marks {

	private final Map<Mark.Id, Mark> unanswered = new LinkedHashMap<>();

	private final Map<Mark, List<Mark>> together = new HashMap<>();

	private final Deque<Mark> aging = new ArrayDeque<>();

	private long numbers;

	int size() {
		return this.unanswered.size();
	}

	@Nullable Mark get(Mark.Id id) {
		return this.unanswered.get(id);
	}

	/**
	 * Returns the number that the next mark gets.
	 * @return a number above that of all marks so far
	 */
	long nextNumber() {
		return this.numbers;
	}

	/**
	 * Tells whether every mark below a number was answered.
	 * @param number the number
	 * @return whether it was
	 */
	boolean areAnsweredBelow(long number) {
		return this.unanswered.isEmpty() || this.unanswered.values().iterator().next().number() >= number;
	}

	/**
	 * Adds marks that are to become visible in one change.
	 * @param ids what is marked
	 * @param now the time
	 */
	void add(Collection<Mark.Id> ids, long now) {
		List<Mark> added = new ArrayList<>(ids.size());
		for (Mark.Id id : ids) {
			Mark mark = add(id, now);
			if (mark != null) {
				added.add(mark);
			}
		}
		if (added.size() > 1) {
			added.forEach((mark) -> this.together.put(mark, added));
		}
	}

	/**
	 * Adds one mark. One that is under way will be told again; of one that waits there is
	 * nothing to add.
	 * @param id what is marked
	 * @param now the time
	 * @return the mark if it waits
	 */
	@Nullable Mark add(Mark.Id id, long now) {
		Mark known = this.unanswered.get(id);
		if (known == null) {
			Mark mark = new Mark(id, now, this.numbers++);
			this.unanswered.put(id, mark);
			this.aging.add(mark);
			return mark;
		}
		if (!known.sent) {
			return known;
		}
		if (known.again == null) {
			known.again = now;
		}
		return null;
	}

	/**
	 * Takes marks for a batch, until one does not fit any more.
	 * @param batch what takes them; it answers whether the mark fitted
	 */
	void take(Batch batch) {
		List<Mark> taken = new ArrayList<>();
		for (Mark mark : this.unanswered.values()) {
			if (!mark.sent && !batch.contains(mark) && !takeWithOthers(mark, batch, taken)) {
				break;
			}
		}
		taken.forEach((mark) -> {
			mark.sent = true;
			this.together.remove(mark);
		});
	}

	private boolean takeWithOthers(Mark mark, Batch batch, List<Mark> taken) {
		for (Mark other : this.together.getOrDefault(mark, List.of(mark))) {
			if (!other.sent && !batch.contains(other)) {
				if (!batch.add(other)) {
					return false;
				}
				taken.add(other);
			}
		}
		return true;
	}

	/**
	 * Ends a mark because it was answered, and begins another one if it was marked again
	 * meanwhile.
	 * @param mark the mark
	 * @return the one that was begun
	 */
	@Nullable Mark answered(Mark mark) {
		this.unanswered.remove(mark.id(), mark);
		return (mark.again != null) ? add(mark.id(), mark.again) : null;
	}

	/**
	 * Lets marks wait again whose batch was not carried out or not answered.
	 * @param marks the marks
	 */
	void returned(Collection<Mark> marks) {
		for (Mark mark : marks) {
			mark.sent = false;
			mark.again = null;
		}
	}

	/**
	 * Puts a mark behind all others, because Redis refuses it.
	 * @param mark the mark, which waits
	 */
	void postpone(Mark mark) {
		if (this.unanswered.remove(mark.id(), mark)) {
			this.unanswered.put(mark.id(), mark);
		}
	}

	/**
	 * Takes the next mark that became old.
	 * @param before the latest moment at which an old mark was made
	 * @return the mark, which may be finished, or {@code null}
	 */
	@Nullable Mark pollOlderThan(long before) {
		Mark mark = this.aging.peek();
		return (mark != null && mark.since() - before <= 0) ? this.aging.poll() : null;
	}

	@Nullable Long nextAging() {
		Mark mark = this.aging.peek();
		while (mark != null && mark.finished) {
			this.aging.poll();
			mark = this.aging.peek();
		}
		return (mark != null) ? mark.since() : null;
	}

	/**
	 * Removes the marks that are older than a moment and fulfil a condition.
	 * @param before the moment
	 * @param condition the condition
	 * @return what was removed
	 */
	List<Mark> removeOlderThan(long before, java.util.function.Predicate<Mark> condition) {
		List<Mark> removed = new ArrayList<>();
		Iterator<Mark> marks = this.unanswered.values().iterator();
		while (marks.hasNext()) {
			Mark mark = marks.next();
			if (mark.since() - before > 0) {
				break;
			}
			if (!mark.sent && condition.test(mark)) {
				marks.remove();
				this.together.remove(mark);
				removed.add(mark);
			}
		}
		return removed;
	}

}
