package io.presence.redis;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

import io.presence.store.Hold;
import io.presence.store.Settlement;

/**
 * Settles the marks of a bucket. Where the topic is watched, one that was answered is
 * settled when the replica shows the answer, and what is not answered in time is shown as
 * it is in memory (<em>overlaid</em>) and settled for now.
 */
final class Settlements {

	private final Bucket bucket;

	private final StoreContext context;

	Settlements(Bucket bucket) {
		this.bucket = bucket;
		this.context = bucket.context();
	}

	/**
	 * Shows what was marked where it is shown as it is in memory.
	 * @param id what was marked
	 */
	void marked(Mark.Id id) {
		Watch watch = watch(id);
		if (watch != null && watch.isReady() && watch.shown().isFromMemory(id)) {
			watch.refresh(Touched.byFinding(id));
		}
	}

	/**
	 * Learns what a batch tells, for the reasons of leaves.
	 * @param marks the marks of the batch
	 */
	void told(List<Mark> marks) {
		for (Mark mark : marks) {
			Watch watch = watch(mark.id());
			if (watch != null && mark.told != null) {
				watch.shown().told(mark.id().id(), mark.told);
			}
		}
	}

	/**
	 * Settles marks that were answered, as soon as the replicas show it.
	 * @param marks the marks
	 */
	void answered(List<Mark> marks) {
		for (Mark mark : marks) {
			Watch watch = watch(mark.id());
			if (watch != null && mark.edge) {
				watch.shown().caused(mark.id().id(), mark.told instanceof Hold.Held);
			}
			if (watch == null) {
				finish(mark);
			}
			else if (mark.isOver()) {
				watch.shown().over(mark.id().id());
				finish(mark);
				watch.refresh(Touched.byFinding(mark.id()));
			}
			else if (watch.replica().isLoaded() && shows(watch, mark)) {
				settle(watch, mark);
			}
			else {
				watch.waiting().answered.add(mark);
				check(watch);
			}
		}
	}

	/**
	 * Shows what is marked as it is in memory, because Redis takes too long, and answers
	 * the mark for now.
	 * @param mark the mark
	 */
	void overlay(Mark mark) {
		Watch watch = watch(mark.id());
		Settlement settlement = (mark.settlement != null) ? mark.settlement : settlementInMemory(watch, mark.id());
		if (watch != null && settlement != Settlement.REFUSED) {
			if (mark.overlaid != watch) {
				mark.overlaid = watch;
				watch.shown().overlay(mark.id(), 1);
			}
			watch.refresh(Touched.byFinding(mark.id()));
		}
		if (watch == null || watch.isReady()) {
			tell(mark, settlement);
		}
		else {
			watch.waiting().unanswered.add(mark);
		}
	}

	private Settlement settlementInMemory(@Nullable Watch watch, Mark.Id id) {
		if (!id.isHold() || !(this.bucket.truth().hold(id.topic(), id.id()) instanceof Hold.Held held)) {
			return Settlement.RELEASED;
		}
		int max = this.context.settings().maxMembersPerTopic();
		boolean full = max > 0 && watch != null && !held.repeated() && !watch.shown().contains(id.id())
				&& watch.shown().size() >= max;
		return full ? Settlement.REFUSED : Settlement.HELD;
	}

	/**
	 * Shows the old marks of a topic as they are in memory, which was read for the first
	 * time.
	 * @param watch the watched topic
	 */
	void overlayOld(Watch watch) {
		long before = this.bucket.calls().now() - this.context.settings().patience().toNanos();
		for (String key : this.bucket.truth().local().keys(watch.topic())) {
			Mark mark = this.bucket.committer().marks().get(Mark.Id.hold(watch.topic(), key));
			if (mark != null && mark.since() - before <= 0) {
				overlay(mark);
			}
		}
	}

	/**
	 * Answers for now the marks that became old before there was anything to show.
	 * @param watch the watched topic, of which there is something to show now
	 */
	void overlayUnanswered(Watch watch) {
		List<Mark> unanswered = List.copyOf(watch.waiting().unanswered);
		watch.waiting().unanswered.clear();
		unanswered.stream().filter((mark) -> !mark.finished).forEach(this::overlay);
	}

	/**
	 * Settles the answered marks that the replica shows after a message.
	 * @param watch the watched topic
	 */
	void settleShown(Watch watch) {
		settle(watch, (mark) -> shows(watch, mark));
	}

	/**
	 * Settles the answered marks that the replica shows after a read.
	 * @param watch the watched topic
	 * @param read the read, which shows everything that was answered before it started
	 */
	void settleShown(Watch watch, TopicRead read) {
		settle(watch, (mark) -> mark.answeredAt - read.startedAt() <= 0 || shows(watch, mark));
	}

	/**
	 * Ends the marks that waited for a topic.
	 * @param watch the topic, which is not watched any more
	 */
	void dropped(Watch watch) {
		List<Mark> answered = List.copyOf(watch.waiting().answered);
		watch.waiting().answered.clear();
		answered.forEach(this::finish);
	}

	/**
	 * Ends a mark that nobody shows.
	 * @param mark the mark
	 */
	void finish(Mark mark) {
		Watch watch = watch(mark.id());
		mark.finished = true;
		if (watch != null && mark.overlaid == watch) {
			mark.overlaid = null;
			watch.shown().overlay(mark.id(), -1);
			watch.refresh(Touched.byFinding(mark.id()));
		}
		if (mark.settlement != null) {
			tell(mark, mark.settlement);
		}
	}

	private @Nullable Watch watch(Mark.Id id) {
		return this.bucket.watches().get(id.topic());
	}

	private static boolean shows(Watch watch, Mark mark) {
		return (mark.version != 0 && watch.replica().version() >= mark.version) || watch.objections().isAsTold(mark);
	}

	private void settle(Watch watch, Predicate<Mark> shown) {
		if (watch.waiting().answered.isEmpty()) {
			return;
		}
		List<Mark> settled = new ArrayList<>();
		for (Iterator<Mark> marks = watch.waiting().answered.iterator(); marks.hasNext();) {
			Mark mark = marks.next();
			if (shown.test(mark)) {
				marks.remove();
				settled.add(mark);
			}
		}
		settled.forEach((mark) -> settle(watch, mark));
	}

	private void settle(Watch watch, Mark mark) {
		finish(mark);
		if (!watch.objections().isAsTold(mark)) {
			watch.raiseObjections(Touched.byFinding(mark.id()), false);
		}
	}

	/**
	 * Reads the topic if the replica does not show an answer soon.
	 */
	private void check(Watch watch) {
		Waiting waiting = watch.waiting();
		if (waiting.checking) {
			return;
		}
		waiting.checking = true;
		this.bucket.calls().later(Watches.OVERTAKING, () -> {
			waiting.checking = false;
			if (!waiting.answered.isEmpty()) {
				long before = this.bucket.calls().now() - Watches.OVERTAKING.toNanos();
				if (waiting.answered.get(0).answeredAt - before <= 0) {
					watch.reader().request();
				}
				check(watch);
			}
		});
	}

	private void tell(Mark mark, Settlement settlement) {
		if (mark.id().isHold() && mark.toldSettlement != settlement) {
			mark.toldSettlement = settlement;
			this.context.listener().settled(mark.id().topic(), mark.id().id(), settlement);
		}
	}

	/**
	 * The marks that wait for a watched topic.
	 */
	static final class Waiting {

		/** Those that were answered and that the replica does not show yet. */
		private final List<Mark> answered = new ArrayList<>();

		/** Those that became old before there was anything to show. */
		private final List<Mark> unanswered = new ArrayList<>();

		private boolean checking;

	}

}
