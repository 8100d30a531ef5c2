package io.presence.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.PresenceConnectionClosedException;
import io.presence.PresenceEvent;
import io.presence.PresenceException;
import io.presence.PresenceMember;
import io.presence.PresenceNotJoinedException;
import io.presence.PresenceRoster;
import io.presence.PresenceUnavailableException;
import io.presence.concurrent.Mailbox;
import io.presence.concurrent.Scheduler.Cancellable;
import io.presence.engine.LocalMember.Former;
import io.presence.engine.LocalMember.PendingJoin;
import io.presence.engine.Subscription.LatestUpdate;
import io.presence.engine.Subscription.StateExpiry;
import io.presence.json.JsonText;
import io.presence.json.Quoted;
import io.presence.privacy.MemberKeys;
import io.presence.protocol.Position;
import io.presence.protocol.UnsubscribeReason;
import io.presence.store.Hold;
import io.presence.store.MemberState;
import io.presence.store.RosterChange;
import io.presence.store.RosterChange.Gone;
import io.presence.store.RosterChange.MemberChange;
import io.presence.store.RosterChange.Present;
import io.presence.store.RosterChange.StateChange;
import io.presence.store.Settlement;

/**
 * One topic on this instance: its own connections in it, the roster that the store shows,
 * and the observers.
 * <p>
 * Everything that happens is a task of this mailbox, run under the topic's monitor, which
 * reads take as well. A task never calls out. What follows from it is collected: marks
 * for the store, frames, answers and events go out after the task, in order, without the
 * monitor. A topic is watched from the first task that needs it until nobody was in it
 * for a while.
 */
final class Topic extends Mailbox {

	private static final int REMOVED = -1;

	private final PresenceEngine engine;

	private final String name;

	private final boolean keyed;

	private final AtomicInteger users = new AtomicInteger();

	private final RosterView view = new RosterView();

	private final Participants participants = new Participants();

	private final Effects effects = new Effects();

	private final Set<String> stateMarks = new LinkedHashSet<>(2);

	private final List<PendingObserver> pendingObservers = new ArrayList<>(0);

	private Audience audience;

	private boolean watched;

	private volatile boolean loaded;

	private long stateMarksAllowed;

	private long idleSince;

	private @Nullable Cancellable timer;

	private long timerAt;

	Topic(PresenceEngine engine, String name) {
		super(engine.executor());
		this.engine = engine;
		this.name = name;
		this.keyed = engine.isKeyed(name);
		this.audience = newAudience();
		this.stateMarksAllowed = engine.now();
		this.idleSince = engine.now();
	}

	String name() {
		return this.name;
	}

	/**
	 * Keeps the topic from being removed until {@link #unuse} is called.
	 * @return how many kept it before, negative if it is removed already
	 */
	int use() {
		return this.users.getAndUpdate((users) -> (users == REMOVED) ? REMOVED : users + 1);
	}

	/**
	 * Ends what {@link #use} began, in a task.
	 */
	void unuse() {
		if (this.users.decrementAndGet() == 0) {
			this.idleSince = this.engine.now();
			this.engine.topicUnused();
		}
	}

	@Override
	protected void run(Runnable task) {
		List<Runnable> follow;
		synchronized (this) {
			try {
				task.run();
			}
			finally {
				sendMarks();
				follow = this.effects.take();
			}
		}
		Effects.run(follow);
	}

	@Override
	protected void caughtUp() {
		List<Runnable> follow;
		synchronized (this) {
			plan(false);
			follow = this.effects.take();
		}
		Effects.run(follow);
	}

	// What connections ask for

	/**
	 * Joins, or updates. Whichever version of the user data is the latest counts, in
	 * whatever order joins and updates arrive here.
	 */
	void join(Subscription subscription, String key, JsonText data, long userVersion, JoinRequest request) {
		tell(() -> {
			LatestUpdate latest = subscription.latestUpdate;
			if (latest != null && userVersion < latest.userVersion()) {
				doJoin(subscription, latest.key(), latest.data(), request);
			}
			else {
				subscription.latestUpdate = (request.kind() == JoinRequest.Kind.UPDATE)
						? new LatestUpdate(key, data, userVersion) : null;
				doJoin(subscription, key, data, request);
			}
			done(subscription);
		});
	}

	/**
	 * Hears that nothing will be asked for a subscription that was kept.
	 */
	void abandon(Subscription subscription) {
		tell(() -> done(subscription));
	}

	void observe(Subscription subscription, JoinRequest request) {
		tell(() -> {
			PresenceException refusal = refusal(subscription);
			if (refusal != null) {
				refuse(request, refusal);
			}
			else {
				watch();
				if (this.loaded) {
					acceptObserver(subscription, request);
				}
				else {
					this.pendingObservers.add(new PendingObserver(subscription, request));
					subscription.connection.retainExisting(this.name);
				}
			}
			done(subscription);
		});
	}

	void leave(Subscription subscription, LeaveReason reason, LeaveAnswer answer) {
		tell(() -> {
			LocalMember member = subscription.member;
			boolean joined = member != null;
			if (member != null) {
				depart(subscription, reason);
			}
			Runnable left = () -> answer.left(joined);
			if (member == null || !answer.waitsForStore() || !this.participants.whenReleased(member.key, left)) {
				this.effects.add(left);
			}
			done(subscription);
		});
	}

	void unobserve(Subscription subscription, Runnable answer) {
		tell(() -> {
			answerPendingObserver(subscription);
			stopAsking(subscription);
			this.effects.add(answer);
			done(subscription);
		});
	}

	/**
	 * Sends a snapshot again, or what the client misses.
	 */
	void snapshot(Subscription subscription, @Nullable Position position, String sent, Runnable notObserving) {
		tell(() -> {
			if (subscription.observes()) {
				this.audience.owe(subscription, position, sent, this.engine.now());
			}
			else if (!isPending(subscription)) {
				this.effects.add(notObserving);
			}
			done(subscription);
		});
	}

	/**
	 * Sends a snapshot to a connection that has lost frames and can take some again.
	 */
	void oweSnapshot(Subscription subscription) {
		tell(() -> {
			if (subscription.observes()) {
				this.audience.owe(subscription, null, this.name, this.engine.now());
			}
			else {
				subscription.connection.outbox().forget(subscription);
			}
		});
	}

	void state(Subscription subscription, @Nullable JsonText state, @Nullable Duration expireAfter,
			JoinRequest.Answer answer) {
		tell(() -> {
			LocalMember member = subscription.member;
			if (member == null || member.lingering != null) {
				this.effects.add(() -> answer.refused(new PresenceNotJoinedException(
						"The connection has not joined the topic " + Quoted.of(this.name) + ": join it first")));
			}
			else {
				setState(subscription, state, expireAfter);
				this.effects.add(() -> answer.accepted(member.key));
			}
			done(subscription);
		});
	}

	/**
	 * Ends all that a connection was here, because it has closed.
	 */
	void closed(Subscription subscription) {
		tell(() -> {
			stopAsking(subscription);
			this.pendingObservers.removeIf((pending) -> {
				if (pending.subscription != subscription) {
					return false;
				}
				refuse(pending.request, subscription.connection.closedException(this.name));
				subscription.connection.release(subscription);
				return true;
			});
			LeaveReason reason = subscription.connection.closeReason();
			LocalMember member = subscription.member;
			if (member != null && this.engine.isStopping()) {
				stopObserving(subscription);
				refusePending(member, subscription);
			}
			else if (member != null && lingers(member, reason)) {
				linger(member, subscription, reason);
			}
			else if (member != null) {
				depart(subscription, reason);
			}
			tidy(subscription);
		});
	}

	/**
	 * Removes the connections of a key, also what lingers of it.
	 */
	void kick(String key, LeaveReason reason, KickAnswer answer) {
		tell(() -> {
			LocalMember member = this.participants.member(key);
			List<Connection> kicked = new ArrayList<>();
			if (member != null) {
				boolean lingering = member.lingering != null;
				for (Subscription tab : member.copyOfTabs()) {
					depart(tab, reason);
					tidy(tab);
					if (!lingering) {
						kicked.add(tab.connection);
					}
				}
			}
			this.effects.add(() -> answer.kicked(kicked));
		});
	}

	/**
	 * Ends what a connection may no longer be.
	 */
	void revoke(Subscription subscription, boolean mayJoin, boolean mayObserve, boolean mayPublish,
			Consumer<Boolean> answer) {
		tell(() -> {
			Connection connection = subscription.connection;
			boolean lost = false;
			if (!mayJoin && subscription.isJoined()) {
				depart(subscription, LeaveReason.KICKED);
				this.effects.add(() -> this.engine.unsubscribed(connection, this.name, UnsubscribeReason.UNAUTHORIZED));
				lost = true;
			}
			if (!mayObserve && (answerPendingObserver(subscription) || subscription.observesByAsking)) {
				stopAsking(subscription);
				this.effects.add(() -> this.engine.unobserved(connection, this.name, UnsubscribeReason.UNAUTHORIZED));
				lost = true;
			}
			if (!mayPublish && subscription.state != null) {
				setState(subscription, null, null);
				lost = true;
			}
			boolean lostSomething = lost;
			this.effects.add(() -> answer.accept(lostSomething));
			done(subscription);
		});
	}

	void flush(Runnable done) {
		tell(() -> {
			plan(true);
			this.effects.add(done);
		});
	}

	// What the store tells

	void changed(RosterChange change) {
		tell(() -> {
			if (!this.watched || !(this.loaded || change.complete())) {
				return;
			}
			boolean first = !this.loaded;
			if (change.complete()) {
				removeAllBut(change);
			}
			change.members().forEach((member) -> apply(member, first));
			for (StateChange state : change.states()) {
				apply(state, first);
			}
			if (first) {
				this.view.takeDiff(true);
				this.loaded = true;
				loaded();
			}
		});
	}

	void settled(String key, Settlement settlement) {
		tell(() -> {
			LocalMember member = this.participants.member(key);
			if (member != null && member.told != null) {
				settle(member, settlement);
			}
			if (settlement == Settlement.RELEASED || member != null) {
				this.participants.takeSettledRelease(key).forEach(this.effects::add);
			}
		});
	}

	// What anybody may read

	synchronized Hold hold(String key) {
		return this.participants.tell(key);
	}

	synchronized @Nullable MemberState localState(String connectionId) {
		return this.participants.state(connectionId);
	}

	synchronized Collection<String> keys() {
		return this.participants.keys();
	}

	synchronized Collection<String> statefulConnections() {
		return this.participants.statefulConnections();
	}

	synchronized boolean isJoined(Subscription subscription) {
		LocalMember member = subscription.member;
		return member != null && member.lingering == null;
	}

	synchronized @Nullable String keyOf(Subscription subscription) {
		LocalMember member = subscription.member;
		return (member != null) ? member.key : null;
	}

	synchronized @Nullable PresenceRoster roster(boolean stale) {
		if (!this.loaded) {
			return null;
		}
		List<PresenceMember> members = new ArrayList<>(this.view.count());
		this.view.members().forEach((key, data) -> members.add(this.view.member(key, data)));
		return new PresenceRoster(this.name, members, members.size(), this.view.revision(), stale);
	}

	synchronized int count() {
		return this.loaded ? this.view.count() : -1;
	}

	synchronized @Nullable Boolean isPresent(String key) {
		return this.loaded ? this.view.data(key) != null : null;
	}

	synchronized @Nullable PresenceMember member(String key) {
		JsonText data = this.view.data(key);
		return (data != null) ? this.view.member(key, data) : null;
	}

	synchronized int holds() {
		return this.participants.size();
	}

	synchronized int observers() {
		return this.audience.size();
	}

	// Joining

	private void doJoin(Subscription subscription, String key, JsonText data, JoinRequest request) {
		boolean update = request.kind() == JoinRequest.Kind.UPDATE;
		PresenceException refusal = refusal(subscription);
		if (refusal != null) {
			refuse(request, refusal);
			return;
		}
		LocalMember before = subscription.member;
		if (update && before == null) {
			this.effects.add(() -> request.answer().accepted(null));
			return;
		}
		watch();
		MemberState kept = null;
		StateExpiry keptExpiry = subscription.stateExpiry;
		Former former = null;
		if (before != null && !before.key.equals(key)) {
			former = former(subscription, before);
			kept = subscription.state;
			subscription.stateExpiry = null;
			changeKey(subscription, before);
		}
		LocalMember member = this.participants.add(subscription, key, data, this.engine.stamp());
		takeOver(member, subscription);
		if (request.state() != null) {
			setState(subscription, request.state(), request.expireAfter());
			markStateNow(subscription);
		}
		else if (kept != null) {
			setState(subscription, kept.state(), null);
			subscription.stateExpiry = keptExpiry;
			markStateNow(subscription);
		}
		boolean marked = this.participants.markIfToldOtherwise(member) || showsOtherData(member);
		if (member.held && !marked && this.loaded) {
			accept(subscription, request);
		}
		else {
			member.addPending(new PendingJoin(subscription, request, former));
		}
	}

	/**
	 * Marks a member that shows the data of another instance though a tab here has come
	 * since.
	 */
	private boolean showsOtherData(LocalMember member) {
		if (!this.loaded || !member.held || member.data().equals(this.view.data(member.key))) {
			return false;
		}
		this.participants.markKey(member.key);
		return true;
	}

	private void changeKey(Subscription subscription, LocalMember before) {
		before.takePending(subscription).forEach((join) -> accept(subscription, join.request()));
		remove(subscription, LeaveReason.LEAVE);
	}

	private static @Nullable Former former(Subscription subscription, LocalMember before) {
		JsonText data = subscription.data;
		return (data != null) ? new Former(before.key, data, subscription.stamp) : null;
	}

	/**
	 * Takes a connection away from its key. Among the holds of other instances what
	 * remains of the key counts as the newest tab that is left, even if the data is the
	 * same.
	 */
	private void remove(Subscription subscription, LeaveReason reason) {
		LocalMember member = subscription.member;
		this.participants.remove(subscription, reason);
		if (member != null && !member.isEmpty()) {
			markIfOutOfOrder(member);
		}
	}

	private void markIfOutOfOrder(LocalMember member) {
		if (this.view.isElsewhere(member.key) && member.isToldOutOfOrder(this.view.data(member.key))) {
			this.participants.markKey(member.key);
		}
	}

	private void takeOver(LocalMember member, Subscription newcomer) {
		if (member.lingering == null) {
			return;
		}
		member.lingering = null;
		member.yielding = false;
		for (Subscription tab : member.copyOfTabs()) {
			if (tab != newcomer) {
				remove(tab, LeaveReason.LEAVE);
				tidy(tab);
			}
		}
	}

	private void accept(Subscription subscription, JoinRequest request) {
		if (!subscription.connection.isOpen()) {
			refuse(request, subscription.connection.closedException(this.name));
			return;
		}
		LocalMember member = subscription.member;
		String key = (member != null) ? member.key : null;
		this.effects.add(() -> request.answer().accepted(key));
		if (request.kind() == JoinRequest.Kind.UPDATE) {
			return;
		}
		this.engine.metrics().joined();
		subscription.observesByJoining = request.observe();
		subscription.lightByJoining = request.light();
		if (subscription.observes()) {
			this.audience.add(subscription, this.engine.now());
		}
		else {
			this.audience.remove(subscription);
		}
		this.audience.owe(subscription, request.position(), request.sent(), this.engine.now());
	}

	private void acceptObserver(Subscription subscription, JoinRequest request) {
		this.effects.add(() -> request.answer().accepted(null));
		subscription.observesByAsking = true;
		subscription.lightByAsking = request.light();
		this.audience.add(subscription, this.engine.now());
		this.audience.owe(subscription, request.position(), request.sent(), this.engine.now());
	}

	private @Nullable PresenceException refusal(Subscription subscription) {
		if (!subscription.connection.isOpen()) {
			return subscription.connection.closedException(this.name);
		}
		if (this.engine.isStopping()) {
			return new PresenceUnavailableException("This instance is shutting down and takes no more joins");
		}
		return null;
	}

	private void refuse(JoinRequest request, PresenceException reason) {
		if (request.kind() == JoinRequest.Kind.JOIN && reason instanceof PresenceConnectionClosedException) {
			this.engine.metrics().joinAborted("ws_closed");
		}
		this.effects.add(() -> request.answer().refused(reason));
	}

	private void refusePending(LocalMember member, Subscription subscription) {
		member.takePending(subscription)
			.forEach((join) -> refuse(join.request(), subscription.connection.closedException(this.name)));
	}

	private void settle(LocalMember member, Settlement settlement) {
		if (settlement == Settlement.REFUSED) {
			if (!member.held) {
				refuseNewMember(member);
			}
			return;
		}
		LeaveReason lingering = member.lingering;
		if (settlement == Settlement.RELEASED && lingering != null) {
			this.participants.forget(member, lingering).forEach(this::tidy);
			return;
		}
		member.held = settlement == Settlement.HELD;
		acceptSettled(member);
	}

	/**
	 * Accepts the joins of a member once the store holds it and the roster shows it.
	 */
	private void acceptSettled(LocalMember member) {
		if (member.held && this.loaded && this.view.data(member.key) != null) {
			member.takePending().forEach((join) -> accept(join.tab(), join.request()));
		}
	}

	/**
	 * Refuses all who wait to be this member. Those who had another key have it again.
	 */
	private void refuseNewMember(LocalMember member) {
		PresenceException reason = this.engine.limit("presence.limits.max-members-per-topic", "The topic "
				+ Quoted.of(this.name) + " has as many members as presence.limits.max-members-per-topic allows");
		Map<Subscription, Former> returning = new HashMap<>();
		Set<Subscription> answered = new HashSet<>();
		for (PendingJoin join : member.takePending()) {
			refuse(join.request(), reason);
			if (join.request().kind() == JoinRequest.Kind.JOIN) {
				answered.add(join.tab());
			}
			if (join.former() != null && join.tab().connection.isOpen()) {
				returning.put(join.tab(), join.former());
			}
		}
		List<Returning> back = new ArrayList<>();
		returning.forEach((tab, former) -> {
			back.add(new Returning(tab, former, tab.state, tab.stateExpiry));
			tab.stateExpiry = null;
		});
		List<Subscription> tabs = this.participants.forget(member, LeaveReason.UNKNOWN);
		back.forEach(this::goBack);
		tabs.removeAll(returning.keySet());
		for (Subscription tab : tabs) {
			if (!answered.contains(tab)) {
				this.effects.add(() -> this.engine.unsubscribed(tab.connection, this.name, UnsubscribeReason.LEAVE));
			}
			stopObserving(tab);
			tidy(tab);
		}
	}

	private void goBack(Returning returning) {
		Subscription tab = returning.tab;
		LocalMember member = this.participants.putBack(tab, returning.former);
		takeOver(member, tab);
		if (returning.state != null) {
			setState(tab, returning.state.state(), null);
			tab.stateExpiry = returning.expiry;
			markStateNow(tab);
		}
		this.participants.markIfToldOtherwise(member);
	}

	// Departing

	private void depart(Subscription subscription, LeaveReason reason) {
		LocalMember member = subscription.member;
		if (member == null) {
			return;
		}
		if (subscription.connection.isOpen()) {
			member.takePending(subscription).forEach((join) -> {
				String key = member.key;
				this.effects.add(() -> join.request().answer().accepted(key));
			});
		}
		else {
			refusePending(member, subscription);
		}
		remove(subscription, reason);
		stopObserving(subscription);
	}

	private boolean lingers(LocalMember member, LeaveReason reason) {
		return !this.engine.settings().grace().isZero() && this.keyed && !MemberKeys.isGenerated(member.key)
				&& member.held && member.tabs() == 1
				&& (reason == LeaveReason.DISCONNECT || reason == LeaveReason.TIMEOUT);
	}

	private void linger(LocalMember member, Subscription subscription, LeaveReason reason) {
		refusePending(member, subscription);
		stopObserving(subscription);
		member.lingering = reason;
		member.yielding = this.view.isElsewhere(member.key);
		this.participants.markIfToldOtherwise(member);
		subscription.graceEnd = this.engine.scheduler().schedule(() -> tell(() -> {
			if (subscription.member == member && member.lingering != null) {
				depart(subscription, reason);
				tidy(subscription);
			}
		}), this.engine.settings().grace());
	}

	private void stopObserving(Subscription subscription) {
		subscription.observesByJoining = false;
		if (!subscription.observes()) {
			this.audience.remove(subscription);
		}
	}

	private void stopAsking(Subscription subscription) {
		subscription.observesByAsking = false;
		if (!subscription.observes()) {
			this.audience.remove(subscription);
		}
	}

	/**
	 * Tells whether a snapshot will follow anyway, because a join or the wish to observe
	 * has not been answered.
	 */
	private boolean isPending(Subscription subscription) {
		LocalMember member = subscription.member;
		return (member != null && member.isPending(subscription))
				|| this.pendingObservers.stream().anyMatch((pending) -> pending.subscription == subscription);
	}

	/**
	 * Answers the wish to observe, which is being ended before the roster was known.
	 * @return whether there was one
	 */
	private boolean answerPendingObserver(Subscription subscription) {
		return this.pendingObservers.removeIf((pending) -> {
			if (pending.subscription != subscription) {
				return false;
			}
			this.effects.add(() -> pending.request.answer().accepted(null));
			subscription.connection.release(subscription);
			return true;
		});
	}

	private void done(Subscription subscription) {
		subscription.connection.release(subscription);
		tidy(subscription);
	}

	/**
	 * Forgets a subscription that is nothing any more.
	 */
	private void tidy(Subscription subscription) {
		if (!subscription.isJoined() && !subscription.observes() && subscription.connection.forget(subscription)) {
			this.audience.remove(subscription);
			unuse();
		}
	}

	// States

	private void setState(Subscription subscription, @Nullable JsonText state, @Nullable Duration expireAfter) {
		LocalMember member = subscription.member;
		if (state == null || member == null) {
			this.participants.clearState(subscription);
			return;
		}
		this.participants.setState(subscription, new MemberState(member.key, state, this.engine.stamp()));
		this.stateMarks.add(subscription.connection.id());
		if (expireAfter != null) {
			StateExpiry expiry = new StateExpiry();
			subscription.stateExpiry = expiry;
			expiry.timer = this.engine.scheduler().schedule(() -> tell(() -> {
				if (subscription.stateExpiry == expiry) {
					setState(subscription, null, null);
				}
			}), expireAfter);
		}
	}

	private void markStateNow(Subscription subscription) {
		this.stateMarks.remove(subscription.connection.id());
		this.participants.markConnection(subscription.connection.id());
	}

	// The roster

	private void removeAllBut(RosterChange change) {
		Set<String> keys = new HashSet<>();
		change.members().forEach((member) -> keys.add(member.key()));
		for (String key : new ArrayList<>(this.view.members().keySet())) {
			if (!keys.contains(key)) {
				apply(new Gone(key, null, LeaveReason.UNKNOWN, false), false);
			}
		}
		Set<String> connections = new HashSet<>();
		change.states().forEach((state) -> connections.add(state.connectionId()));
		for (String connectionId : this.view.statefulConnections()) {
			if (!connections.contains(connectionId)) {
				apply(new StateChange(connectionId, null, false), false);
			}
		}
	}

	private void apply(MemberChange change, boolean first) {
		if (change instanceof Present present) {
			apply(present, first);
		}
		else if (change instanceof Gone gone) {
			JsonText before = this.view.data(gone.key());
			if (before != null) {
				JsonText last = (gone.data() != null) ? gone.data() : before;
				publish(() -> new PresenceEvent.Left(this.name, this.view.member(gone.key(), last), gone.reason(),
						gone.origin()));
				this.view.remove(gone.key(), gone.reason());
			}
		}
	}

	private void apply(Present present, boolean first) {
		LocalMember member = this.participants.member(present.key());
		JsonText before = this.view.put(present.key(), present.data(), present.elsewhere());
		boolean cameWithThisWatch = first && member != null && !member.held && !present.elsewhere();
		if (before == null && (!first || cameWithThisWatch)) {
			publish(() -> new PresenceEvent.Joined(this.name, this.view.member(present.key(), present.data()),
					present.origin() || cameWithThisWatch));
		}
		else if (before != null && !before.equals(present.data())) {
			publish(() -> new PresenceEvent.Updated(this.name, this.view.member(present.key(), present.data()),
					present.origin()));
		}
		if (member != null && member.lingering != null && present.elsewhere() && !member.yielding) {
			member.yielding = true;
			this.participants.markIfToldOtherwise(member);
		}
		if (member != null) {
			markIfOutOfOrder(member);
		}
	}

	private void apply(StateChange change, boolean first) {
		MemberState before = this.view.state(change.connectionId());
		MemberState now = change.state();
		if (!this.view.putState(change.connectionId(), now) || first) {
			return;
		}
		String key = (now != null) ? now.key() : (before != null) ? before.key() : "";
		if (this.view.data(key) != null) {
			publish(() -> new PresenceEvent.StateChanged(this.name, key, change.connectionId(),
					(now != null) ? now.state().toValue() : null, change.origin()));
		}
	}

	private void publish(Supplier<PresenceEvent> event) {
		if (this.engine.listeners().isListening()) {
			PresenceEvent published = event.get();
			this.effects.add(() -> this.engine.listeners().publish(published));
		}
	}

	private void loaded() {
		List<PendingObserver> observers = new ArrayList<>(this.pendingObservers);
		this.pendingObservers.clear();
		for (PendingObserver pending : observers) {
			acceptObserver(pending.subscription, pending.request);
			done(pending.subscription);
		}
		this.participants.members().forEach(this::acceptSettled);
	}

	// Watching, and what is due when

	private void watch() {
		if (!this.watched) {
			this.watched = true;
			this.audience = newAudience();
			this.effects.add(() -> this.engine.store().watch(this.name));
		}
	}

	private void unwatch() {
		this.watched = false;
		this.loaded = false;
		for (String key : new ArrayList<>(this.view.members().keySet())) {
			this.view.remove(key, LeaveReason.UNKNOWN);
		}
		this.view.statefulConnections().forEach((connectionId) -> this.view.putState(connectionId, null));
		this.view.takeDiff(true);
		this.effects.add(() -> this.engine.store().unwatch(this.name));
	}

	private Audience newAudience() {
		return new Audience(this.name, this.engine.newEpoch(), this.view, this.effects, this.engine.settings(),
				this.engine.metrics(), this.engine.now());
	}

	private void plan(boolean everything) {
		long now = this.engine.now();
		if (this.loaded && (everything || this.audience.nextFlush() <= now)) {
			this.audience.flush(now, everything);
		}
		if (!this.stateMarks.isEmpty() && this.stateMarksAllowed <= now) {
			this.stateMarks.forEach(this.participants::markConnection);
			this.stateMarks.clear();
			this.stateMarksAllowed = now + this.engine.settings().stateFlushInterval().toNanos();
		}
		sendMarks();
		long next = Audience.NEVER;
		if (this.loaded) {
			next = this.audience.nextFlush();
		}
		if (!this.stateMarks.isEmpty()) {
			next = Math.min(next, this.stateMarksAllowed);
		}
		if (this.users.get() == 0 && this.participants.isEmpty()) {
			next = Math.min(next, idle(now));
		}
		wakeAt(next, now);
	}

	private void sendMarks() {
		Set<String> keys = this.participants.takeMarkedKeys();
		Set<String> connections = this.participants.takeMarkedConnections();
		if (!keys.isEmpty() || !connections.isEmpty()) {
			this.effects.add(() -> this.engine.store().mark(this.name, keys, connections));
		}
	}

	private long idle(long now) {
		long idleAt = this.idleSince + this.engine.settings().watchLinger().toNanos();
		if (now < idleAt) {
			return idleAt;
		}
		if (this.watched) {
			unwatch();
		}
		this.effects.add(() -> tell(() -> {
			if (this.users.compareAndSet(0, REMOVED)) {
				this.effects.add(() -> this.engine.topicRemoved(this));
			}
		}));
		return Audience.NEVER;
	}

	private void wakeAt(long next, long now) {
		if (this.timer != null && this.timerAt <= next && next != Audience.NEVER) {
			return;
		}
		if (this.timer != null) {
			this.timer.cancel();
			this.timer = null;
		}
		if (next != Audience.NEVER) {
			this.timerAt = next;
			this.timer = this.engine.scheduler()
				.schedule(() -> tell(() -> this.timer = null), Duration.ofNanos(Math.max(0, next - now)));
		}
	}

	/**
	 * Hears that a connection has left.
	 */
	interface LeaveAnswer {

		boolean waitsForStore();

		void left(boolean wasJoined);

	}

	/**
	 * Hears who was removed.
	 */
	@FunctionalInterface
	interface KickAnswer {

		void kicked(List<Connection> connections);

	}

	private record Returning(Subscription tab, Former former, @Nullable MemberState state,
			@Nullable StateExpiry expiry) {

	}

	private record PendingObserver(Subscription subscription, JoinRequest request) {

	}

}
