package io.presence.redis;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * The registration of this instance in a bucket, renewed as long as it lives, and what
 * the answers tell: who else is registered, who died, and which versions watched topics
 * have.
 */
final class Lease {

	private static final int MAX_TOPICS = 500;

	private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

	private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

	private final Bucket bucket;

	private final StoreContext context;

	private final Deque<Watch> turn = new ArrayDeque<>();

	private final Set<Watch> urgent = new LinkedHashSet<>();

	private final Map<String, Long> lastNamed = new HashMap<>();

	private final List<Consumer<Set<String>>> waiting = new ArrayList<>();

	private volatile @Nullable String registration;

	private boolean registered;

	private boolean ended;

	private boolean calling;

	private boolean callAgain;

	private boolean troubled;

	private int toAsk;

	private Duration pause = FIRST_PAUSE;

	private long lookAt = Long.MAX_VALUE;

	private volatile Set<String> others = Set.of();

	Lease(Bucket bucket) {
		this.bucket = bucket;
		this.context = bucket.context();
	}

	/**
	 * Tells whether this instance is registered and Redis does its work.
	 * @return whether marks may be sent
	 */
	boolean isOpen() {
		return this.registered && !this.troubled && !this.ended;
	}

	boolean isRegistered() {
		return this.registered;
	}

	boolean isTroubled() {
		return this.troubled;
	}

	String registration() {
		String registration = this.registration;
		return (registration != null) ? registration : "";
	}

	/**
	 * Returns the other registrations that were alive when Redis was last asked.
	 * @return the registrations; the set does not change
	 */
	Set<String> others() {
		return this.others;
	}

	/**
	 * Renews from now on.
	 */
	void tick() {
		if (this.ended) {
			return;
		}
		this.bucket.calls().later(this.context.settings().leaseRenewal(), this::tick);
		this.bucket.renewing();
		this.toAsk = share();
		request();
	}

	/**
	 * Asks for the version of a topic at once.
	 * @param watch the watched topic
	 */
	void ask(Watch watch) {
		this.urgent.add(watch);
		request();
	}

	/**
	 * Asks for the version of a topic in turn.
	 * @param watch the watched topic
	 */
	void include(Watch watch) {
		this.turn.addLast(watch);
	}

	/**
	 * Asks who is registered.
	 * @param answer what takes the other registrations that are alive
	 */
	void ask(Consumer<Set<String>> answer) {
		this.waiting.add(answer);
		request();
	}

	/**
	 * Learns that a call failed. Nothing but the lease is called until it was answered.
	 */
	void trouble() {
		if (!this.troubled && !this.ended) {
			this.troubled = true;
			this.bucket.calls().later(this.pause, this::request);
			this.pause = (this.pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0) ? this.pause.multipliedBy(2)
					: LONGEST_PAUSE;
		}
	}

	void connected() {
		if (this.troubled) {
			request();
		}
	}

	/**
	 * Learns that Redis does not know the registration any more, or that this instance
	 * gives it up.
	 */
	void lost() {
		if (this.registered) {
			this.registered = false;
			this.bucket.registrationLost(registration());
		}
		request();
	}

	void end() {
		this.ended = true;
	}

	private void request() {
		if (this.ended) {
			return;
		}
		if (this.calling) {
			this.callAgain = true;
			return;
		}
		this.calling = true;
		boolean register = !this.registered;
		if (register) {
			take(this.context.chance().ids().get());
		}
		String id = registration();
		RedisStoreSettings settings = this.context.settings();
		List<Watch> asked = choose();
		long[] stood = asked.stream().mapToLong((watch) -> watch.replica().version()).toArray();
		List<String> keys = this.bucket.keys(id);
		asked.forEach((watch) -> keys.add(watch.channel()));
		Duration deadline = (settings.grace().compareTo(settings.lease()) > 0) ? settings.grace() : settings.lease();
		List<String> arguments = List.of(id, millis(settings.lease()), millis(deadline), millis(settings.ttl()),
				this.bucket.sharded(), register ? "1" : "0");
		List<Consumer<Set<String>>> asking = List.copyOf(this.waiting);
		this.waiting.clear();
		long sent = this.bucket.calls().now();
		this.bucket.calls().call(Script.LEASE, keys, arguments, (reply) -> {
			answered(reply, register, sent, asked, stood);
			asking.forEach((answer) -> answer.accept(this.others));
		}, (failure) -> {
			failed();
			this.waiting.addAll(asking);
		});
	}

	private void take(String id) {
		String former = this.registration;
		this.registration = id;
		this.context.link().subscribe(this.bucket.number(), this.context.keys().index(this.bucket.number(), id));
		if (former != null) {
			this.context.link()
				.unsubscribe(this.bucket.number(), this.context.keys().index(this.bucket.number(), former));
		}
	}

	private void failed() {
		this.bucket.leaseFailed();
		this.calling = false;
		this.troubled = false;
		trouble();
	}

	private void answered(Reply reply, boolean register, long sent, List<Watch> asked, long[] stood) {
		boolean known = reply.text(0).equals("ok");
		long now = this.bucket.calls().now();
		this.context.clock().observe(reply.number(1), sent, now);
		Reply versions = reply.list(4);
		this.bucket.repaired(reply.number(5));
		this.calling = false;
		if (this.ended) {
			return;
		}
		this.bucket.heardOfLease(reply.text(1));
		if (known && register) {
			this.registered = true;
			this.bucket.registered(registration());
		}
		if (known) {
			this.troubled = false;
			this.pause = FIRST_PAUSE;
		}
		learn(reply.list(2), reply.number(3), now);
		this.bucket.watches().compareVersions(asked, stood, versions);
		if (!known) {
			refused(register);
		}
		else {
			this.bucket.open();
			if (this.callAgain || this.toAsk > 0 || !this.urgent.isEmpty()) {
				this.callAgain = false;
				request();
			}
		}
	}

	private void refused(boolean register) {
		if (register) {
			trouble();
		}
		else {
			this.callAgain = false;
			lost();
		}
	}

	private void learn(Reply registrations, long total, long now) {
		Set<String> alive = new HashSet<>();
		Set<String> named = new HashSet<>();
		long next = Long.MAX_VALUE;
		for (int i = 0; i + 1 < registrations.size(); i += 2) {
			String other = registrations.text(i);
			long left = registrations.number(i + 1);
			named.add(other);
			if (other.equals(this.registration)) {
				continue;
			}
			if (left == 0) {
				this.bucket.reaper().reap(other);
			}
			else {
				next = Math.min(next, left);
				if (!this.bucket.truth().isOwn(other)) {
					alive.add(other);
				}
			}
		}
		this.others = Set.copyOf(alive);
		if (next != Long.MAX_VALUE) {
			lookAfter(next, now);
		}
		if (named.size() >= total) {
			reapUnnamed(named, now);
		}
	}

	private void lookAfter(long millis, long now) {
		long at = now + Duration.ofMillis(millis + 1 + this.context.chance().jitterMillis().get()).toNanos();
		if (this.lookAt == Long.MAX_VALUE || this.lookAt - at > Duration.ofMillis(400).toNanos()) {
			this.lookAt = at;
			this.bucket.calls().later(Duration.ofNanos(at - now), () -> {
				if (this.lookAt == at) {
					this.lookAt = Long.MAX_VALUE;
					request();
				}
			});
		}
	}

	private void reapUnnamed(Set<String> named, long now) {
		Set<String> seen = new HashSet<>();
		this.bucket.watches().registrations(seen);
		seen.removeAll(named);
		seen.remove(registration());
		this.lastNamed.keySet().removeIf((known) -> !named.contains(known) && !seen.contains(known));
		named.forEach((registration) -> this.lastNamed.put(registration, now));
		Duration lease = this.context.settings().lease();
		for (String unnamed : seen) {
			Long last = this.lastNamed.putIfAbsent(unnamed, now);
			long left = ((last != null) ? last : now) + lease.toNanos() - now;
			if (left <= 0) {
				this.bucket.reaper().reap(unnamed);
			}
			else {
				lookAfter(Duration.ofNanos(left).toMillis(), now);
			}
		}
	}

	private int share() {
		RedisStoreSettings settings = this.context.settings();
		long rounds = Math.max(1, settings.ttl().toNanos() / 3 / settings.leaseRenewal().toNanos());
		return (int) Math.max(Math.min(MAX_TOPICS, this.turn.size()), (this.turn.size() + rounds - 1) / rounds);
	}

	private List<Watch> choose() {
		Set<Watch> chosen = new LinkedHashSet<>();
		for (Watch watch : List.copyOf(this.urgent)) {
			if (chosen.size() < MAX_TOPICS) {
				this.urgent.remove(watch);
				chosen.add(watch);
			}
		}
		while (this.toAsk > 0 && chosen.size() < MAX_TOPICS) {
			Watch watch = this.turn.poll();
			if (watch == null) {
				this.toAsk = 0;
			}
			else {
				this.toAsk--;
				if (!watch.isDropped()) {
					this.turn.addLast(watch);
					chosen.add(watch);
				}
			}
		}
		chosen.removeIf(Watch::isDropped);
		return new ArrayList<>(chosen);
	}

	private static String millis(Duration duration) {
		return Long.toString(duration.toMillis());
	}

}
