package io.presence.redis;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.store.RosterChange;
import io.presence.store.RosterChange.Gone;
import io.presence.store.RosterChange.MemberChange;

/**
 * Removes what registrations left behind that lapsed or ended: the topics of their index,
 * and those in which a replica sees them. Several instances doing this at once do no
 * harm. What fails is begun again after the next lease answer that names the
 * registration.
 */
final class Reaper {

	private static final String PIECE = "500";

	private final Bucket bucket;

	private final StoreContext context;

	private final Map<String, Reaping> underWay = new HashMap<>();

	Reaper(Bucket bucket) {
		this.bucket = bucket;
		this.context = bucket.context();
	}

	/**
	 * Removes what a registration left behind, unless that is under way. Redis sees to it
	 * that nothing of one that lives is removed.
	 * @param registration the registration
	 */
	void reap(String registration) {
		reap(registration, () -> {
		});
	}

	/**
	 * Removes what a registration left behind.
	 * @param registration the registration
	 * @param done what is told when it was done, or was found not to be possible now
	 */
	void reap(String registration, Runnable done) {
		Reaping known = this.underWay.get(registration);
		if (known != null) {
			known.done.add(done);
			return;
		}
		Reaping reaping = new Reaping(registration, this.bucket.watches().topicsOf(registration));
		reaping.done.add(done);
		this.underWay.put(registration, reaping);
		readIndex(reaping, "0");
	}

	private void readIndex(Reaping reaping, String cursor) {
		call(reaping, null, cursor, (reply) -> {
			if (!reply.text(0).equals("topics")) {
				if (reply.text(0).equals("gone")) {
					next(reaping);
				}
				else {
					finish(reaping);
				}
				return;
			}
			for (int i = 2; i < reply.size(); i++) {
				reaping.add(Octets.text(reply.text(i)));
			}
			if (reply.text(1).equals("0")) {
				next(reaping);
			}
			else {
				readIndex(reaping, reply.text(1));
			}
		});
	}

	private void next(Reaping reaping) {
		String topic = reaping.topics.poll();
		if (topic != null) {
			clean(reaping, topic, "0");
		}
		else {
			finish(reaping);
		}
	}

	private void clean(Reaping reaping, String topic, String cursor) {
		call(reaping, topic, cursor, (reply) -> {
			String status = reply.text(0);
			if (status.equals("alive")) {
				finish(reaping);
				return;
			}
			this.bucket.repaired(reply.number(3));
			tell(reaping, topic, reply);
			if (status.equals("more")) {
				clean(reaping, topic, reply.text(1));
			}
			else {
				next(reaping);
			}
		});
	}

	private void tell(Reaping reaping, String topic, Reply reply) {
		LeaveReason reason = LeaveReason.ofCode(reply.text(4));
		List<MemberChange> gone = new ArrayList<>();
		for (int i = 5; i + 1 < reply.size(); i += 2) {
			String key = Octets.text(reply.text(i));
			List<StoredHold> holds = StoredHold.parse(reply.text(i + 1));
			gone.add(new Gone(key, (holds != null) ? holds.get(0).data() : null, reason, true));
		}
		RosterChange change = new RosterChange(topic, false, gone, List.of());
		if (!gone.isEmpty() && !this.bucket.watches().reaped(reaping.registration, reply.number(2), change)) {
			this.context.listener().reaped(change);
		}
	}

	private void call(Reaping reaping, @Nullable String topic, String cursor,
			java.util.function.Consumer<Reply> answer) {
		List<String> keys = this.bucket.keys(reaping.registration);
		if (topic != null) {
			keys.add(this.context.keys().topic(this.bucket.number(), topic));
		}
		List<String> arguments = List.of(reaping.registration, cursor, PIECE,
				Long.toString(this.context.settings().ttl().toMillis()), this.bucket.sharded(),
				this.bucket.lease().registration(), "1");
		this.bucket.calls().call(Script.REAP, keys, arguments, answer, (failure) -> {
			finish(reaping);
			this.bucket.lease().trouble();
		});
	}

	private void finish(Reaping reaping) {
		this.underWay.remove(reaping.registration);
		reaping.done.forEach(Runnable::run);
	}

	/**
	 * A registration that is being reaped.
	 */
	private static final class Reaping {

		private final String registration;

		private final Queue<String> topics = new ArrayDeque<>();

		private final Set<String> known = new HashSet<>();

		private final Set<Runnable> done = new LinkedHashSet<>();

		Reaping(String registration, List<String> topics) {
			this.registration = registration;
			topics.forEach(this::add);
		}

		void add(String topic) {
			if (this.known.add(topic)) {
				this.topics.add(topic);
			}
		}

	}

}
