package io.presence.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

import io.presence.store.Hold;
import io.presence.store.Settlement;

/**
 * Tells Redis what is true of what is marked: one batch under way, and whatever is marked
 * meanwhile goes into the next one.
 */
final class Committer {

	private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

	private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

	private final Bucket bucket;

	private final StoreContext context;

	private final Marks marks = new Marks();

	private long number;

	private boolean underWay;

	private boolean pausing;

	private boolean aging;

	private Duration pause = FIRST_PAUSE;

	private int maxMarks = Batch.maxMarks();

	private volatile int pending;

	Committer(Bucket bucket) {
		this.bucket = bucket;
		this.context = bucket.context();
	}

	Marks marks() {
		return this.marks;
	}

	/**
	 * Returns how many marks were not answered.
	 * @return the number, on any thread
	 */
	int pending() {
		return this.pending;
	}

	/**
	 * Marks what is to become visible in one change.
	 * @param ids what is marked
	 */
	void mark(Collection<Mark.Id> ids) {
		this.marks.add(ids, this.bucket.calls().now());
		this.pending = this.marks.size();
		showAgain(ids);
		age();
		send();
	}

	/**
	 * Shows what is marked once more while Redis still owes the answer to the mark
	 * before.
	 */
	private void showAgain(Collection<Mark.Id> ids) {
		for (Mark.Id id : ids) {
			this.bucket.settlements().marked(id);
			Mark mark = this.marks.get(id);
			if (mark != null && (mark.overlaid != null || mark.toldSettlement != null)) {
				mark.toldSettlement = null;
				this.bucket.settlements().overlay(mark);
			}
		}
	}

	/**
	 * Begins anew under a new registration: everything that this instance has is marked.
	 */
	void registered() {
		this.number = 0;
		long now = this.bucket.calls().now();
		for (String topic : this.bucket.localTopics()) {
			this.bucket.truth().local().keys(topic).forEach((key) -> this.marks.add(Mark.Id.hold(topic, key), now));
			this.bucket.truth()
				.local()
				.statefulConnections(topic)
				.forEach((id) -> this.marks.add(Mark.Id.state(topic, id), now));
		}
		this.pending = this.marks.size();
		age();
	}

	void send() {
		if (this.underWay || this.pausing || !this.bucket.lease().isOpen()) {
			return;
		}
		Batch batch = new Batch(this.bucket.truth(), this.maxMarks);
		this.marks.take(batch);
		if (batch.isEmpty()) {
			return;
		}
		this.underWay = true;
		this.number++;
		List<Mark> told = batch.marks();
		this.bucket.settlements().told(told);
		String registration = this.bucket.lease().registration();
		List<String> keys = this.bucket.keys(registration);
		batch.topics().forEach((topic) -> keys.add(this.context.keys().topic(this.bucket.number(), topic)));
		List<String> arguments = new ArrayList<>(batch.arguments().size() + 6);
		arguments.add(registration);
		arguments.add(Long.toString(this.number));
		arguments.add(Long.toString(this.context.settings().ttl().toMillis()));
		arguments.add(Integer.toString(this.context.settings().maxMembersPerTopic()));
		arguments.add(this.bucket.sharded());
		arguments.add(Long.toString(this.context.settings().grace().toMillis()));
		arguments.addAll(batch.arguments());
		this.bucket.calls()
			.call(Script.COMMIT, keys, arguments, (reply) -> answered(reply, told), (failure) -> failed(failure, told));
	}

	/**
	 * Forgets marks that waited for the life of an entry, of what is no longer there.
	 * @return whether there were any, so that what Redis has under the registration is
	 * not to be trusted
	 */
	boolean forgetLongUnanswered() {
		long before = this.bucket.calls().now() - this.context.settings().ttl().toNanos();
		List<Mark> forgotten = this.marks.removeOlderThan(before, this::isOfNothing);
		for (Mark mark : forgotten) {
			mark.settlement = Settlement.RELEASED;
			this.bucket.settlements().finish(mark);
		}
		this.pending = this.marks.size();
		return !forgotten.isEmpty();
	}

	private boolean isOfNothing(Mark mark) {
		String topic = mark.id().topic();
		return mark.id().isHold() ? this.bucket.truth().held(topic, mark.id().id()) == null
				: this.bucket.truth().state(topic, mark.id().id()) == null;
	}

	private void answered(Reply reply, List<Mark> told) {
		switch (reply.text(0)) {
			case "ok" -> committed(reply, told);
			case "unknown" -> {
				returned(told);
				this.bucket.lease().lost();
			}
			default -> {
				returned(told);
				pause();
			}
		}
	}

	private void committed(Reply reply, List<Mark> told) {
		Committed committed = Committed.of(reply);
		this.bucket.repaired(committed.repaired());
		this.underWay = false;
		this.pause = FIRST_PAUSE;
		this.maxMarks = Math.min(this.maxMarks * 2, Batch.maxMarks());
		long now = this.bucket.calls().now();
		for (int i = 0; i < told.size(); i++) {
			Mark mark = told.get(i);
			this.marks.answered(mark);
			mark.settlement = (mark.told instanceof Hold.Held) ? committed.settlement(i) : Settlement.RELEASED;
			mark.edge = committed.edges().contains(i);
			mark.version = committed.version();
			mark.answeredAt = now;
		}
		this.pending = this.marks.size();
		this.bucket.settlements().answered(told);
		this.bucket.committed();
		send();
	}

	private void failed(RedisCallException failure, List<Mark> told) {
		returned(told);
		if (!failure.isRefused()) {
			this.bucket.lease().trouble();
			return;
		}
		// a mark that Redis cannot digest must not hold up the others: it is found by
		// halves
		if (told.size() == 1) {
			this.marks.postpone(told.get(0));
		}
		this.maxMarks = Math.max(1, Math.min(this.maxMarks, told.size()) / 2);
		pause();
	}

	private void returned(List<Mark> told) {
		this.underWay = false;
		this.marks.returned(told);
	}

	private void pause() {
		this.pausing = true;
		this.bucket.calls().later(this.pause, () -> {
			this.pausing = false;
			send();
		});
		this.pause = (this.pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0) ? this.pause.multipliedBy(2)
				: LONGEST_PAUSE;
	}

	private void age() {
		if (this.aging) {
			return;
		}
		Long next = this.marks.nextAging();
		if (next != null) {
			this.aging = true;
			long due = next + patience();
			this.bucket.calls().later(Duration.ofNanos(due - this.bucket.calls().now()), this::showOld);
		}
	}

	private long patience() {
		return this.bucket.isDegraded() ? 0 : this.context.settings().patience().toNanos();
	}

	private void showOld() {
		this.aging = false;
		long before = this.bucket.calls().now() - patience();
		for (Mark mark = this.marks.pollOlderThan(before); mark != null; mark = this.marks.pollOlderThan(before)) {
			if (!mark.finished) {
				this.bucket.settlements().overlay(mark);
			}
		}
		age();
	}

}
