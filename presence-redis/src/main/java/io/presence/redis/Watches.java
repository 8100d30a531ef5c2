package io.presence.redis;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.presence.store.Hold;
import io.presence.store.RosterChange;
import io.presence.store.RosterChange.Gone;
import io.presence.store.RosterChange.MemberChange;
import io.presence.store.Settlement;
import io.presence.store.StoredRoster;

/**
 * The topics of a bucket that this instance watches: subscribed, read, and kept right by
 * messages and further reads.
 */
final class Watches {

	private static final Duration LINGER = Duration.ofSeconds(5);

	private static final Duration BETWEEN_READS = Duration.ofSeconds(1);

	private static final Duration OVERTAKING = Duration.ofMillis(500);

	private static final String PIECE = "1000";

	private static final int MAX_READS = 16;

	private final Bucket bucket;

	private final StoreContext context;

	private final Map<String, Watch> watches = new ConcurrentHashMap<>();

	private final Queue<Watch> readQueue = new ArrayDeque<>();

	private int reads;

	Watches(Bucket bucket) {
		this.bucket = bucket;
		this.context = bucket.context();
	}

	/**
	 * Returns a watched topic.
	 * @param topic the name of the topic
	 * @return the watched topic, on any thread, {@code null} if it is not watched
	 */
	@Nullable Watch get(String topic) {
		return this.watches.get(topic);
	}

	void watch(String topic) {
		Watch watch = use(topic);
		watch.wanted = true;
		tellComplete(watch);
	}

	void unwatch(String topic) {
		Watch watch = this.watches.get(topic);
		if (watch != null) {
			watch.wanted = false;
			watch.told = false;
			if (watch.readers.isEmpty()) {
				drop(watch);
			}
		}
	}

	/**
	 * Watches a topic until its roster is known.
	 * @param topic the name of the topic
	 * @param reader what takes the roster
	 */
	void read(String topic, Consumer<StoredRoster> reader) {
		Watch watch = use(topic);
		if (watch.replica().isLoaded()) {
			reader.accept(watch.shown().roster(this.bucket.isDegraded()));
		}
		else {
			watch.readers.add(reader);
		}
		linger(watch);
	}

	void subscribed(String topic) {
		Watch watch = this.watches.get(topic);
		if (watch == null) {
			return;
		}
		watch.confirmed = true;
		if (watch.replica().isLoaded()) {
			this.bucket.lease().ask(watch);
		}
		else {
			requestRead(watch);
		}
	}

	void message(String topic, TopicMessage message) {
		Watch watch = this.watches.get(topic);
		if (watch == null) {
			return;
		}
		if (watch.read != null) {
			watch.read.messages().add(message);
		}
		else if (watch.replica().isLoaded()) {
			take(watch, message);
		}
	}

	/**
	 * Learns that something was published that cannot be understood, so that something of
	 * the topic may have changed.
	 * @param topic the name of the topic
	 */
	void unreadableMessage(String topic) {
		Watch watch = this.watches.get(topic);
		if (watch != null && watch.replica().isLoaded()) {
			requestRead(watch);
		}
	}

	/**
	 * Compares the versions that Redis told with those of the replicas. An answer can
	 * overtake messages, so a difference counts only when it stays.
	 * @param asked the topics
	 * @param stood the versions of the replicas when Redis was asked
	 * @param versions the versions in Redis
	 */
	void compareVersions(List<Watch> asked, long[] stood, Reply versions) {
		List<Runnable> checks = new ArrayList<>();
		for (int i = 0; i < asked.size(); i++) {
			Watch watch = asked.get(i);
			long version = versions.number(i);
			long before = stood[i];
			if (differs(watch, version)) {
				checks.add(() -> {
					if (watch.replica().version() == before && differs(watch, version)) {
						requestRead(watch);
					}
				});
			}
		}
		if (!checks.isEmpty()) {
			this.bucket.calls().later(OVERTAKING, () -> checks.forEach(Runnable::run));
		}
	}

	/**
	 * Learns what a batch tells, for the reasons of leaves.
	 * @param marks the marks of the batch
	 */
	void told(List<Mark> marks) {
		for (Mark mark : marks) {
			Watch watch = this.watches.get(mark.id().topic());
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
			Watch watch = this.watches.get(mark.id().topic());
			if (watch != null && mark.edge) {
				watch.shown().caused(mark.id().id(), mark.told instanceof Hold.Held);
			}
			if (watch == null) {
				finish(mark);
			}
			else if (mark.isOver()) {
				watch.shown().over(mark.id().id());
				finish(mark);
				refresh(watch, Touched.byFinding(mark.id()));
			}
			else if (watch.replica().isLoaded() && shows(watch, mark)) {
				settle(watch, mark);
			}
			else {
				watch.awaiting.add(mark);
				checkAwaiting(watch);
			}
		}
	}

	/**
	 * Shows what was marked where it is shown as it is in memory.
	 * @param id what was marked
	 */
	void marked(Mark.Id id) {
		Watch watch = this.watches.get(id.topic());
		if (watch != null && watch.ready && watch.shown().isFromMemory(id)) {
			refresh(watch, Touched.byFinding(id));
		}
	}

	/**
	 * Shows what is marked as it is in memory, because Redis takes too long, and answers
	 * the mark for now.
	 * @param mark the mark
	 */
	void overlay(Mark mark) {
		Watch watch = this.watches.get(mark.id().topic());
		Settlement settlement = (mark.settlement != null) ? mark.settlement : settlementInMemory(watch, mark.id());
		if (watch != null && settlement != Settlement.REFUSED) {
			if (mark.overlaid != watch) {
				mark.overlaid = watch;
				watch.shown().overlay(mark.id(), 1);
			}
			refresh(watch, Touched.byFinding(mark.id()));
		}
		if (watch == null || watch.ready) {
			tellSettled(mark, settlement);
		}
		else {
			watch.unanswered.add(mark);
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
	 * Ends a mark that nobody shows.
	 * @param mark the mark
	 */
	void finish(Mark mark) {
		Watch watch = this.watches.get(mark.id().topic());
		mark.finished = true;
		if (watch != null && mark.overlaid == watch) {
			mark.overlaid = null;
			watch.shown().overlay(mark.id(), -1);
			refresh(watch, Touched.byFinding(mark.id()));
		}
		if (mark.settlement != null) {
			tellSettled(mark, mark.settlement);
		}
	}

	/**
	 * Learns what this instance removed for one that had died. The answer can overtake
	 * messages, so it counts only when the message that tells it does not come.
	 * @param registration the registration that had died
	 * @param version the version that the topic got
	 * @param gone the members that left
	 * @return whether the topic is watched
	 */
	boolean reaped(String registration, long version, RosterChange gone) {
		Watch watch = this.watches.get(gone.topic());
		if (watch == null || !watch.replica().isLoaded()) {
			return false;
		}
		this.bucket.calls().later(OVERTAKING, () -> {
			if (watch.replica().version() < version) {
				missed(watch, registration, gone);
			}
		});
		return true;
	}

	private void missed(Watch watch, String registration, RosterChange gone) {
		if (watch.isDropped()) {
			this.context.listener().reaped(gone);
			return;
		}
		Touched touched = Touched.byMessage(true);
		for (MemberChange change : gone.members()) {
			touched.left(change.key(), ((Gone) change).reason());
			watch.replica().reaped(registration, change.key());
		}
		refresh(watch, touched);
	}

	/**
	 * Collects the registrations that are seen in watched topics.
	 * @param registrations what takes them
	 */
	void registrations(Collection<String> registrations) {
		this.watches.values().forEach((watch) -> watch.replica().registrations(registrations));
	}

	/**
	 * Returns the watched topics in which a registration is seen.
	 * @param registration the registration
	 * @return the names of the topics
	 */
	List<String> topicsOf(String registration) {
		List<String> topics = new ArrayList<>();
		this.watches.values().forEach((watch) -> {
			Set<String> seen = new HashSet<>();
			watch.replica().registrations(seen);
			if (seen.contains(registration)) {
				topics.add(watch.topic());
			}
		});
		return topics;
	}

	Collection<String> names() {
		return List.copyOf(this.watches.keySet());
	}

	Collection<String> topics() {
		return this.watches.values().stream().filter((watch) -> !watch.replica().isAbsent()).map(Watch::topic).toList();
	}

	/**
	 * Shows everything anew, because the registration changed.
	 */
	void refreshAll() {
		for (Watch watch : List.copyOf(this.watches.values())) {
			Touched touched = Touched.byFinding();
			watch.replica().touchAll(touched);
			refresh(watch, touched);
		}
	}

	/**
	 * Reads what could not be read while Redis was away.
	 */
	void open() {
		for (Watch watch : List.copyOf(this.watches.values())) {
			if (watch.readLater) {
				watch.readLater = false;
				requestRead(watch);
			}
		}
	}

	private Watch use(String topic) {
		Watch watch = this.watches.get(topic);
		if (watch == null) {
			String channel = this.context.keys().topic(this.bucket.number(), topic);
			Watch created = new Watch(topic, this.bucket.truth(), channel);
			this.watches.put(topic, created);
			this.context.link().subscribe(this.bucket.number(), channel);
			this.bucket.calls().later(this.context.settings().patience(), () -> showTruth(created));
			watch = created;
		}
		watch.uses++;
		return watch;
	}

	private void linger(Watch watch) {
		int uses = watch.uses;
		this.bucket.calls().later(LINGER, () -> {
			if (!watch.wanted && !watch.isDropped() && watch.uses == uses) {
				drop(watch);
			}
		});
	}

	private void drop(Watch watch) {
		watch.drop();
		this.watches.remove(watch.topic());
		this.context.link().unsubscribe(this.bucket.number(), watch.channel());
		List<Mark> awaiting = List.copyOf(watch.awaiting);
		watch.awaiting.clear();
		awaiting.forEach(this::finish);
		StoredRoster known = watch.shown().roster(true);
		watch.readers.forEach((reader) -> reader.accept(known));
		watch.readers.clear();
	}

	private void showTruth(Watch watch) {
		if (!watch.isDropped() && !watch.replica().isLoaded()) {
			Touched touched = Touched.byFinding();
			watch.shown().showTruth(touched);
			watch.ready = true;
			refresh(watch, touched);
			tellComplete(watch);
		}
	}

	private void take(Watch watch, TopicMessage message) {
		Replica replica = watch.replica();
		if (replica.isOld(message)) {
			return;
		}
		if (!replica.fits(message)) {
			requestRead(watch);
			return;
		}
		Touched touched = Touched.byMessage(this.bucket.truth().isOwn(message.sender()));
		if (!replica.apply(message, touched)) {
			unreadable(watch);
		}
		if (replica.storedMembers() != message.count()) {
			requestRead(watch);
		}
		refresh(watch, touched);
		compare(watch, touched, false);
		settleShown(watch, (mark) -> shows(watch, mark));
	}

	private void requestRead(Watch watch) {
		if (watch.isDropped() || !watch.confirmed || watch.readScheduled) {
			return;
		}
		if (watch.read != null || this.bucket.lease().isTroubled()) {
			watch.readLater = true;
			return;
		}
		watch.readScheduled = true;
		long now = this.bucket.calls().now();
		long due = (watch.lastRead != null) ? watch.lastRead + BETWEEN_READS.toNanos() - now : 0;
		if (due <= 0) {
			enqueue(watch);
		}
		else {
			this.bucket.calls().later(Duration.ofNanos(due), () -> enqueue(watch));
		}
	}

	private void enqueue(Watch watch) {
		this.readQueue.add(watch);
		startReads();
	}

	private void startReads() {
		while (this.reads < MAX_READS && !this.readQueue.isEmpty()) {
			Watch watch = this.readQueue.remove();
			watch.readScheduled = false;
			if (!watch.isDropped()) {
				this.reads++;
				TopicRead read = new TopicRead(this.bucket.calls().now());
				watch.read = read;
				watch.lastRead = read.startedAt();
				readPiece(watch, read, "0");
			}
		}
	}

	private void readPiece(Watch watch, TopicRead read, String cursor) {
		List<String> keys = List.of(this.context.keys().bucket(this.bucket.number()), watch.channel());
		this.bucket.calls().call(Script.READ, keys, List.of(cursor, PIECE), (reply) -> {
			this.bucket.repaired(reply.number(3));
			String next = read.take(reply);
			if (next.equals("0") || watch.isDropped()) {
				finishRead(watch, read);
			}
			else {
				readPiece(watch, read, next);
			}
		}, (failure) -> {
			endRead(watch);
			watch.readLater = true;
			this.bucket.lease().trouble();
			read.messages().forEach((message) -> message(watch.topic(), message));
		});
	}

	private void endRead(Watch watch) {
		watch.read = null;
		this.reads--;
		startReads();
	}

	private void finishRead(Watch watch, TopicRead read) {
		endRead(watch);
		if (watch.isDropped()) {
			return;
		}
		Replica replica = watch.replica();
		boolean first = !replica.isLoaded();
		Duration carry = this.context.settings().carry();
		Touched touched = Touched.byFinding();
		if (!replica.replace(read.fields(), read.version(), this.bucket.calls().now() + carry.toNanos(), touched)) {
			unreadable(watch);
		}
		watch.loaded();
		watch.ready = true;
		refresh(watch, touched);
		tellComplete(watch);
		compare(watch, touched, true);
		settleShown(watch, (mark) -> mark.answeredAt - read.startedAt() <= 0 || shows(watch, mark));
		if (first) {
			this.bucket.lease().include(watch);
			overlayOld(watch);
		}
		this.bucket.calls().later(carry.plusMillis(1), () -> expireCarried(watch));
		read.messages().forEach((message) -> message(watch.topic(), message));
		if (watch.readLater) {
			watch.readLater = false;
			requestRead(watch);
		}
	}

	private void overlayOld(Watch watch) {
		long before = this.bucket.calls().now() - this.context.settings().patience().toNanos();
		for (String key : this.bucket.truth().local().keys(watch.topic())) {
			Mark mark = this.bucket.committer().marks().get(Mark.Id.hold(watch.topic(), key));
			if (mark != null && mark.since() - before <= 0) {
				overlay(mark);
			}
		}
	}

	private void expireCarried(Watch watch) {
		if (!watch.isDropped()) {
			Touched touched = Touched.byFinding();
			watch.replica().touchExpired(this.bucket.calls().now(), touched);
			refresh(watch, touched);
			watch.replica().unreadable().forEach((id) -> this.bucket.committer().mark(List.of(id)));
		}
	}

	private void unreadable(Watch watch) {
		this.context.problems().report(Problem.UNREADABLE_VALUE, watch.channel());
	}

	private void compare(Watch watch, Touched touched, boolean everything) {
		List<Mark.Id> differing = new ArrayList<>();
		watch.objections().find(touched, everything, (id) -> {
			if (this.bucket.committer().marks().get(id) == null) {
				differing.add(id);
			}
		}, (key) -> this.context.listener().settled(watch.topic(), key, Settlement.RELEASED));
		differing.forEach((id) -> this.bucket.committer().mark(List.of(id)));
	}

	private void refresh(Watch watch, Touched touched) {
		RosterChange change = watch.shown().refresh(touched, this.bucket.calls().now());
		if (change != null && watch.wanted && watch.told) {
			this.context.listener().changed(change);
		}
	}

	private void tellComplete(Watch watch) {
		if (!watch.ready) {
			return;
		}
		if (watch.wanted && !watch.told) {
			watch.told = true;
			this.context.listener().changed(watch.shown().complete());
		}
		List<Mark> unanswered = List.copyOf(watch.unanswered);
		watch.unanswered.clear();
		unanswered.stream().filter((mark) -> !mark.finished).forEach(this::overlay);
		if (watch.replica().isLoaded() && !watch.readers.isEmpty()) {
			StoredRoster roster = watch.shown().roster(false);
			watch.readers.forEach((reader) -> reader.accept(roster));
			watch.readers.clear();
		}
	}

	private boolean shows(Watch watch, Mark mark) {
		Replica replica = watch.replica();
		return (mark.version != 0 && replica.version() >= mark.version) || watch.objections().isAsTold(mark);
	}

	private void settleShown(Watch watch, java.util.function.Predicate<Mark> shown) {
		if (watch.awaiting.isEmpty()) {
			return;
		}
		List<Mark> settled = new ArrayList<>();
		for (Iterator<Mark> marks = watch.awaiting.iterator(); marks.hasNext();) {
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
			compare(watch, Touched.byFinding(mark.id()), false);
		}
	}

	private void checkAwaiting(Watch watch) {
		if (watch.checkingAwaiting) {
			return;
		}
		watch.checkingAwaiting = true;
		this.bucket.calls().later(OVERTAKING, () -> {
			watch.checkingAwaiting = false;
			if (!watch.awaiting.isEmpty()) {
				long before = this.bucket.calls().now() - OVERTAKING.toNanos();
				if (watch.awaiting.get(0).answeredAt - before <= 0) {
					requestRead(watch);
				}
				checkAwaiting(watch);
			}
		});
	}

	private void tellSettled(Mark mark, Settlement settlement) {
		if (mark.id().isHold() && mark.toldSettlement != settlement) {
			mark.toldSettlement = settlement;
			this.context.listener().settled(mark.id().topic(), mark.id().id(), settlement);
		}
	}

	private boolean differs(Watch watch, long version) {
		Replica replica = watch.replica();
		return !watch.isDropped() && replica.isLoaded() && version != replica.version()
				&& !(version == 0 && replica.isAbsent());
	}

}
