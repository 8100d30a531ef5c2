package io.presence.redis;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import io.presence.concurrent.Mailbox;

/**
 * One of the parts into which topics are divided. It is touched by one logical thread,
 * registers by itself, and fails and heals by itself.
 */
final class Bucket {

	private final StoreContext context;

	private final int number;

	private final Mailbox mailbox;

	private final Calls calls;

	private final Truth truth;

	private final Watches watches;

	private final Lease lease;

	private final Reaper reaper;

	private final Committer committer;

	private final Settlements settlements;

	private final Deque<Former> former = new ArrayDeque<>();

	private @Nullable Long unheardSince;

	private String lastHeard = "";

	Bucket(StoreContext context, int number) {
		this.context = context;
		this.number = number;
		this.mailbox = new Mailbox(context.executor());
		this.calls = new Calls(context, number, this.mailbox);
		this.truth = new Truth(context.local(), context.clock());
		this.watches = new Watches(this);
		this.lease = new Lease(this);
		this.reaper = new Reaper(this);
		this.committer = new Committer(this);
		this.settlements = new Settlements(this);
	}

	StoreContext context() {
		return this.context;
	}

	int number() {
		return this.number;
	}

	Calls calls() {
		return this.calls;
	}

	Truth truth() {
		return this.truth;
	}

	Watches watches() {
		return this.watches;
	}

	Lease lease() {
		return this.lease;
	}

	Reaper reaper() {
		return this.reaper;
	}

	Committer committer() {
		return this.committer;
	}

	Settlements settlements() {
		return this.settlements;
	}

	/**
	 * Runs a task of the bucket.
	 * @param task the task
	 */
	void tell(Runnable task) {
		this.mailbox.tell(task);
	}

	boolean isDegraded() {
		return this.calls.degradedSince() != null;
	}

	String sharded() {
		return this.context.link().isSharded(this.number) ? "1" : "0";
	}

	/**
	 * Returns the keys with which most scripts begin.
	 * @param registration the registration whose index is the last of them
	 * @return a list to which more can be added
	 */
	List<String> keys(String registration) {
		Keys keys = this.context.keys();
		List<String> list = new ArrayList<>();
		list.add(keys.bucket(this.number));
		list.add(keys.instances(this.number));
		list.add(keys.index(this.number, registration));
		return list;
	}

	Collection<String> localTopics() {
		return this.context.local().topics().stream().filter((topic) -> Keys.bucket(topic) == this.number).toList();
	}

	void mark(String topic, Collection<String> keys, Collection<String> connectionIds) {
		List<Mark.Id> ids = new ArrayList<>(keys.size() + connectionIds.size());
		keys.forEach((key) -> ids.add(Mark.Id.hold(topic, key)));
		connectionIds.forEach((id) -> ids.add(Mark.Id.state(topic, id)));
		this.committer.mark(ids);
	}

	void subscribed(String channel) {
		String topic = topic(channel);
		if (topic != null) {
			this.watches.subscribed(topic);
		}
	}

	void message(String channel, String octets) {
		String topic = topic(channel);
		Message message = Message.parse(octets);
		if (topic == null) {
			if (message != null && message.kind() == Message.LEASE && !message.fields().isEmpty()) {
				this.unheardSince = null;
				this.lastHeard = message.fields().get(0);
				return;
			}
		}
		else {
			TopicMessage change = (message != null) ? TopicMessage.of(message) : null;
			if (change != null) {
				this.watches.message(topic, change);
				return;
			}
			this.watches.unreadableMessage(topic);
		}
		this.context.problems()
			.report(Message.isOfOtherVersion(octets) ? Problem.OTHER_VERSION : Problem.FOREIGN_MESSAGE, channel);
	}

	/**
	 * Learns that the lease is about to be renewed.
	 */
	void renewing() {
		if (this.committer.forgetLongUnanswered()) {
			this.lease.lost();
		}
		Long unheard = this.unheardSince;
		long patience = 2 * this.context.settings().leaseRenewal().toNanos();
		if (unheard != null && this.calls.now() - unheard > patience) {
			this.unheardSince = null;
			this.context.problems().report(Problem.DEAF, this.context.keys().bucket(this.number));
			this.context.link().reopenFeed(this.number);
		}
		retire();
	}

	/**
	 * Learns that Redis answered a lease call, whose message must come, or has come
	 * before.
	 * @param clock the clock of Redis in the answer, which is in the message too
	 */
	void heardOfLease(String clock) {
		if (this.unheardSince == null && !clock.equals(this.lastHeard)) {
			this.unheardSince = this.calls.now();
		}
	}

	/**
	 * Learns that Redis did not answer a lease call, so that no message is to be
	 * expected.
	 */
	void leaseFailed() {
		this.unheardSince = null;
	}

	void registered(String registration) {
		this.truth.register(registration);
		this.committer.registered();
		this.former.forEach((former) -> {
			if (former.answeredBelow == null) {
				former.answeredBelow = this.committer.marks().nextNumber();
			}
		});
	}

	void registrationLost(String registration) {
		this.truth.unregister();
		this.former.add(new Former(registration));
		this.watches.refreshAll();
	}

	/**
	 * Learns that Redis does its work.
	 */
	void open() {
		this.watches.open();
		this.committer.send();
	}

	void committed() {
		retire();
	}

	void repaired(long values) {
		if (values > 0) {
			this.context.problems().report(Problem.UNREADABLE_VALUE, this.context.keys().bucket(this.number), values);
		}
	}

	/**
	 * Ends the registration.
	 * @param grace how long the holds are to last
	 * @param reason why their members will leave
	 * @param done what is told when it was done
	 */
	void end(Duration grace, String reason, Runnable done) {
		boolean registered = this.lease.isRegistered();
		this.lease.end();
		if (!registered) {
			done.run();
			return;
		}
		end(this.lease.registration(), grace, reason, () -> {
			if (grace.isZero()) {
				this.reaper.reap(this.lease.registration(), done);
			}
			else {
				done.run();
			}
		}, done);
	}

	/**
	 * Removes, once everything was healed, what a registration may have left behind that
	 * Redis forgot or that was given up.
	 */
	private void retire() {
		Former oldest = this.former.peek();
		if (oldest == null || oldest.ending || oldest.answeredBelow == null || !this.lease.isOpen()
				|| !this.committer.marks().areAnsweredBelow(oldest.answeredBelow)) {
			return;
		}
		oldest.ending = true;
		end(oldest.registration, Duration.ZERO, "unknown", () -> {
			this.former.remove(oldest);
			this.reaper.reap(oldest.registration, this::retire);
		}, () -> oldest.ending = false);
	}

	private void end(String registration, Duration grace, String reason, Runnable done, Runnable failed) {
		RedisStoreSettings settings = this.context.settings();
		List<String> arguments = List.of(registration, Long.toString(grace.toMillis()), reason,
				Long.toString(settings.ttl().toMillis()));
		this.calls.call(Script.END, keys(registration), arguments, (reply) -> done.run(), (failure) -> {
			failed.run();
			this.lease.trouble();
		});
	}

	String remainder() {
		int marks = this.committer.marks().size();
		Collection<String> topics = this.watches.names();
		return (marks == 0 && topics.isEmpty()) ? ""
				: "bucket " + this.number + ": " + marks + " marks, " + topics + "; ";
	}

	private @Nullable String topic(String channel) {
		String prefix = this.context.keys().bucket(this.number) + ":t:";
		return channel.startsWith(prefix) ? this.context.keys().topicName(this.number, channel) : null;
	}

	/**
	 * A registration that this instance had.
	 */
	private static final class Former {

		private final String registration;

		private @Nullable Long answeredBelow;

		private boolean ending;

		Former(String registration) {
			this.registration = Objects.requireNonNull(registration);
		}

	}

}
