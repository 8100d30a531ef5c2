package io.presence.engine;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.presence.InvalidTopicException;
import io.presence.JoinOption;
import io.presence.KickMode;
import io.presence.LeaveReason;
import io.presence.PresenceAccessDeniedException;
import io.presence.PresenceAction;
import io.presence.PresenceAuthorizer;
import io.presence.PresenceConnection;
import io.presence.PresenceConnectionClosedException;
import io.presence.PresenceDataException;
import io.presence.PresenceException;
import io.presence.PresenceLimitExceededException;
import io.presence.PresenceListener;
import io.presence.PresenceMember;
import io.presence.PresenceNotJoinedException;
import io.presence.PresenceRequest;
import io.presence.PresenceRoster;
import io.presence.PresenceService;
import io.presence.PresenceUnavailableException;
import io.presence.concurrent.Mailbox;
import io.presence.concurrent.Scheduler;
import io.presence.json.CanonicalJson;
import io.presence.json.JsonLimits;
import io.presence.json.JsonText;
import io.presence.json.JsonTooLargeException;
import io.presence.json.Quoted;
import io.presence.privacy.MemberKeys;
import io.presence.privacy.Selected;
import io.presence.privacy.Selection;
import io.presence.protocol.FrameReader;
import io.presence.protocol.FrameWriter;
import io.presence.protocol.SentTopic;
import io.presence.protocol.TopicNames;
import io.presence.protocol.UnsubscribeReason;
import io.presence.store.Hold;
import io.presence.store.LocalHolds;
import io.presence.store.MemberState;
import io.presence.store.PresenceStore;
import io.presence.store.RosterChange;
import io.presence.store.Settlement;
import io.presence.store.StoreHealth;
import io.presence.store.StoreListener;
import io.presence.store.StoredRoster;

/**
 * Presence on one instance. It is what applications know as {@link PresenceService}, and
 * it opens connections for the transports. Plain Java: it needs no container, only a
 * {@link PresenceStore}.
 * <p>
 * It ends in three steps, each bounded in time: {@link #goodbye} closes the connections,
 * {@link #end} ends what the instance holds in the store, {@link #close} frees the rest.
 */
public final class PresenceEngine implements PresenceService, AutoCloseable {

	private static final Duration MIN_EXPIRE_AFTER = Duration.ofMillis(1);

	private static final Duration MAX_EXPIRE_AFTER = Duration.ofHours(24);

	private static final String MAX_CONNECTIONS_PER_ADDRESS = "presence.limits.max-connections-per-address";

	private static final SecureRandom random = new SecureRandom();

	private final Map<String, Topic> topics = new ConcurrentHashMap<>();

	private final Map<String, ClientSession> sessions = new ConcurrentHashMap<>();

	private final Map<String, Integer> connectionsByAddress = new ConcurrentHashMap<>();

	private final Map<String, Integer> connectionsByKey = new ConcurrentHashMap<>();

	private final AtomicInteger activeTopics = new AtomicInteger();

	private final AtomicInteger participating = new AtomicInteger();

	private final AtomicLong authority = new AtomicLong();

	private final PresenceSettings settings;

	private final PresenceStore store;

	private final Selection selection;

	private final CanonicalJson stateJson;

	private final PresenceAuthorizer authorizer;

	private final TopicRules topicRules;

	private final PresenceMetrics metrics;

	private final Scheduler scheduler;

	private final Executor executor;

	private final Listeners listeners;

	private final Supplier<String> ids;

	private final TopicNames topicNames;

	private final FrameReader frameReader;

	private final Liveness liveness;

	private final List<AutoCloseable> owned;

	private volatile boolean stopping;

	PresenceEngine(PresenceEngineBuilder builder) {
		this.settings = builder.settings;
		this.scheduler = builder.scheduler();
		this.executor = builder.executor();
		this.store = builder.store(this.executor);
		this.selection = builder.selection();
		this.stateJson = new CanonicalJson(JsonLimits.DEFAULT);
		this.authorizer = builder.authorizer;
		this.topicRules = builder.topicRules;
		this.metrics = builder.metrics;
		this.listeners = new Listeners(builder.listeners, builder.listenerExecutor(), builder.metrics);
		this.ids = builder.ids;
		this.topicNames = new TopicNames(this.settings.limits().maxTopicLength());
		this.frameReader = new FrameReader(this.settings.limits().maxTopicLength(),
				this.settings.limits().maxStateBytes());
		this.owned = builder.owned();
		this.liveness = new Liveness(this.settings, this.scheduler, this.sessions.values());
		this.store.start(new Truth(), new Ear());
	}

	/**
	 * Returns a builder; everything has a default.
	 * @return the builder
	 */
	public static PresenceEngineBuilder builder() {
		return new PresenceEngineBuilder();
	}

	static String randomId() {
		byte[] bytes = new byte[16];
		random.nextBytes(bytes);
		return "c" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
	}

	// Connections

	/**
	 * Opens a connection whose client speaks the whole protocol, and greets it.
	 * @param transport where its frames go
	 * @param details what is known of it
	 * @return the session, to be told what arrives
	 * @throws PresenceLimitExceededException if its address has as many connections as it
	 * may have
	 */
	public ClientSession open(PresenceTransport transport, ConnectionDetails details) {
		admitAddress(details.remoteAddress());
		ClientSession session = session(transport, details, false);
		session.welcome();
		sayGoodbyeIfStopping(session);
		return session;
	}

	/**
	 * Tells whether a connection from an address would be opened now.
	 * @param remoteAddress the address as text, {@code null} if it is unknown
	 * @return whether it has fewer connections than it may have
	 */
	public boolean admits(@Nullable String remoteAddress) {
		int max = limits().maxConnectionsPerAddress();
		if (max == 0 || remoteAddress == null || this.connectionsByAddress.getOrDefault(remoteAddress, 0) < max) {
			return true;
		}
		this.metrics.limitExceeded(MAX_CONNECTIONS_PER_ADDRESS);
		return false;
	}

	private void admitAddress(@Nullable String address) {
		int max = limits().maxConnectionsPerAddress();
		if (max == 0 || address == null) {
			return;
		}
		this.connectionsByAddress.compute(address, (same, count) -> {
			if (count != null && count >= max) {
				throw limit(MAX_CONNECTIONS_PER_ADDRESS, "The address " + address + " has " + max
						+ " connections already: close one, or raise " + MAX_CONNECTIONS_PER_ADDRESS);
			}
			return (count != null) ? count + 1 : 1;
		});
	}

	/**
	 * Opens a connection that belongs to an application's own handler: it takes only
	 * presence requests, leaves every other frame to the handler, and does not join by
	 * itself.
	 * @param transport where its frames go
	 * @param details what is known of it
	 * @return the session, to be told what arrives
	 */
	public ClientSession openDecorated(PresenceTransport transport, ConnectionDetails details) {
		ClientSession session = session(transport, details, true);
		sayGoodbyeIfStopping(session);
		return session;
	}

	private void sayGoodbyeIfStopping(ClientSession session) {
		if (this.stopping) {
			session.goodbye(Goodbye.retryAfter());
		}
	}

	private ClientSession session(PresenceTransport transport, ConnectionDetails details, boolean decorated) {
		ClientSession session = new ClientSession(this, this.ids.get(), transport, details, decorated);
		this.sessions.put(session.handle().id(), session);
		this.liveness.begin();
		return session;
	}

	void forget(ClientSession session, @Nullable String address) {
		if (this.sessions.remove(session.handle().id()) != null && address != null) {
			this.connectionsByAddress.computeIfPresent(address, (same, count) -> (count > 1) ? count - 1 : null);
		}
	}

	// Reads

	@Override
	public PresenceRoster roster(String topic) {
		checkTopic(topic);
		return await(rosterAsync(topic), () -> new PresenceRoster(topic, List.of(), 0, 0, true));
	}

	@Override
	public CompletionStage<PresenceRoster> rosterAsync(String topic) {
		try {
			checkTopic(topic);
		}
		catch (InvalidTopicException ex) {
			return CompletableFuture.failedFuture(ex);
		}
		Topic watched = this.topics.get(topic);
		PresenceRoster roster = (watched != null) ? watched.roster(this.store.isStale(topic)) : null;
		return (roster != null) ? CompletableFuture.completedFuture(roster)
				: this.store.read(topic).thenApply((stored) -> toRoster(topic, stored));
	}

	@Override
	public int count(String topic) {
		checkTopic(topic);
		Topic watched = this.topics.get(topic);
		int count = (watched != null) ? watched.count() : -1;
		return (count >= 0) ? count : await(this.store.count(topic), () -> 0);
	}

	@Override
	public boolean isPresent(String topic, String key) {
		checkTopic(topic);
		Topic watched = this.topics.get(topic);
		Boolean present = (watched != null) ? watched.isPresent(key) : null;
		if (present != null) {
			return present;
		}
		return await(this.store.read(topic).thenApply((stored) -> stored.members().containsKey(key)), () -> false);
	}

	@Override
	public Set<String> topics() {
		return await(topicsAsync(), Set::of);
	}

	@Override
	public CompletionStage<Set<String>> topicsAsync() {
		return this.store.topics();
	}

	private <T> T await(CompletionStage<T> stage, Supplier<T> otherwise) {
		try {
			return stage.toCompletableFuture()
				.get(this.settings.commandTimeout().multipliedBy(2).toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return otherwise.get();
		}
		catch (ExecutionException | TimeoutException ex) {
			return otherwise.get();
		}
	}

	private static PresenceRoster toRoster(String topic, StoredRoster stored) {
		RosterView view = new RosterView();
		stored.members().forEach((key, data) -> view.put(key, data, false));
		stored.states().forEach(view::putState);
		List<PresenceMember> members = new ArrayList<>(stored.members().size());
		stored.members().forEach((key, data) -> members.add(view.member(key, data)));
		return new PresenceRoster(topic, members, members.size(), stored.version(), stored.stale());
	}

	// Commands

	@Override
	public CompletionStage<PresenceMember> join(PresenceConnection connection, String topic, JoinOption... options) {
		return new Answered<PresenceMember>().await((answered) -> {
			JoinOption.State state = null;
			boolean observe = true;
			for (JoinOption option : options) {
				if (option instanceof JoinOption.State given) {
					state = given;
				}
				else {
					observe = false;
				}
			}
			Connection own = own(connection);
			JsonText stateText = (state != null) ? stateText(state.value()) : null;
			Duration expireAfter = (state != null) ? expireAfter(state.expireAfter()) : null;
			join(own, topic,
					new JoinRequest(JoinRequest.Kind.JOIN, topic, stateText, expireAfter, observe, false, null,
							new Answer((key) -> answered.complete(() -> member(topic, key, own), this.executor),
									(reason) -> answered.fail(reason, this.executor))));
		});
	}

	/**
	 * Joins for a connection. Throws what refuses the join before its topic was asked.
	 */
	void join(Connection connection, String topic, JoinRequest request) {
		checkTopic(topic);
		refuseWhileStopping();
		Connection.User user = connection.currentUser();
		Selected selected = selectToJoin(connection, topic, user);
		if (!connection.isOpen()) {
			this.metrics.joinAborted("ws_closed");
			throw connection.closedException(topic);
		}
		Subscription subscription;
		try {
			subscription = connection.retain(topic);
		}
		catch (PresenceConnectionClosedException ex) {
			this.metrics.joinAborted("ws_closed");
			throw ex;
		}
		try {
			while (!connection.isCurrent(user)) {
				user = connection.currentUser();
				selected = selectToJoin(connection, topic, user);
			}
		}
		catch (PresenceException ex) {
			subscription.topic.abandon(subscription);
			throw ex;
		}
		subscription.topic.join(subscription, key(connection, topic, selected), selected.data(), user.version(),
				request);
	}

	private Selected selectToJoin(Connection connection, String topic, Connection.User user) {
		Selected selected = select(user.data());
		String key = key(connection, topic, selected);
		if (connection.isOpen() && isKeyed(topic) && selected.key() != null) {
			connection.countUnder(key);
		}
		return selected;
	}

	/**
	 * Observes for a connection. Throws what refuses it before its topic was asked.
	 */
	void observe(Connection connection, String topic, JoinRequest request) {
		checkTopic(topic);
		refuseWhileStopping();
		refuseUntracked(topic);
		Subscription subscription = connection.retain(topic);
		subscription.topic.observe(subscription, request);
	}

	@Override
	public CompletionStage<Void> leave(PresenceConnection connection, String topic) {
		return new Answered<Void>().await((answered) -> {
			checkTopic(topic);
			Connection own = own(connection);
			leave(own, topic, true, (joined) -> {
				if (joined) {
					unsubscribed(own, topic, UnsubscribeReason.LEAVE);
				}
				answered.complete(() -> null, this.executor);
			});
		});
	}

	@Override
	public CompletionStage<Void> leave(PresenceConnection connection) {
		try {
			return CompletableFuture.allOf(own(connection).topics()
				.stream()
				.map((topic) -> leave(connection, topic).toCompletableFuture())
				.toArray(CompletableFuture<?>[]::new));
		}
		catch (PresenceException ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	/**
	 * Leaves for a connection.
	 */
	void leave(Connection connection, String topic, boolean waitForStore, Consumer<Boolean> answer) {
		Subscription subscription = connection.retainExisting(topic);
		if (subscription == null) {
			answer.accept(false);
			return;
		}
		subscription.topic.leave(subscription, LeaveReason.LEAVE, new Topic.LeaveAnswer() {

			@Override
			public boolean waitsForStore() {
				return waitForStore;
			}

			@Override
			public void left(boolean wasJoined) {
				answer.accept(wasJoined);
			}

		});
	}

	@Override
	public CompletionStage<Void> sync(PresenceConnection connection, String topic) {
		return new Answered<Void>().await((answered) -> observe(own(connection), topic,
				new JoinRequest(JoinRequest.Kind.OBSERVE, topic, null, null, true, false, null,
						new Answer((key) -> answered.complete(() -> null, this.executor),
								(reason) -> answered.fail(reason, this.executor)))));
	}

	@Override
	public CompletionStage<Void> unsync(PresenceConnection connection, String topic) {
		return new Answered<Void>().await((answered) -> {
			checkTopic(topic);
			unobserve(own(connection), topic, () -> answered.complete(() -> null, this.executor));
		});
	}

	/**
	 * Ends what a connection asked to observe.
	 */
	void unobserve(Connection connection, String topic, Runnable answer) {
		Subscription subscription = connection.retainExisting(topic);
		if (subscription == null) {
			answer.run();
			return;
		}
		subscription.topic.unobserve(subscription, answer);
	}

	@Override
	public CompletionStage<Void> update(PresenceConnection connection, @Nullable Object userData) {
		List<CompletableFuture<Void>> all = new ArrayList<>();
		try {
			Connection own = own(connection);
			Selected selected = select(userData);
			if (own.isCounted() || own.topics().stream().anyMatch(this::isKeyed)) {
				own.countUnder(selected.key());
			}
			long version = own.user(userData);
			for (Subscription each : own.subscriptions()) {
				String topic = each.topic.name();
				Subscription subscription = own.retainExisting(topic);
				if (subscription != null) {
					CompletableFuture<Void> done = new CompletableFuture<>();
					all.add(done);
					subscription.topic.join(subscription, key(own, topic, selected), selected.data(), version,
							new JoinRequest(JoinRequest.Kind.UPDATE, topic, null, null, true, false, null, new Answer(
									(key) -> done.completeAsync(() -> null, this.executor),
									(reason) -> this.executor.execute(() -> done.completeExceptionally(reason)))));
				}
			}
		}
		catch (PresenceException ex) {
			return CompletableFuture.failedFuture(ex);
		}
		return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
	}

	@Override
	public CompletionStage<Void> setState(PresenceConnection connection, String topic, @Nullable Object state,
			@Nullable Duration expireAfter) {
		return new Answered<Void>().await((answered) -> {
			checkTopic(topic);
			state(own(connection), topic, (state != null) ? stateText(state) : null, expireAfter(expireAfter),
					new Answer((key) -> answered.complete(() -> null, this.executor),
							(reason) -> answered.fail(reason, this.executor)));
		});
	}

	@Override
	public CompletionStage<Void> clearState(PresenceConnection connection, String topic) {
		return setState(connection, topic, null, null).exceptionally((ex) -> {
			Throwable cause = (ex instanceof CompletionException && ex.getCause() != null) ? ex.getCause() : ex;
			if (cause instanceof PresenceNotJoinedException) {
				return null;
			}
			throw (cause instanceof RuntimeException runtime) ? runtime : new CompletionException(cause);
		});
	}

	/**
	 * Publishes a state for a connection.
	 */
	void state(Connection connection, String topic, @Nullable JsonText state, @Nullable Duration expireAfter,
			JoinRequest.Answer answer) {
		Subscription subscription = connection.retainExisting(topic);
		if (subscription == null) {
			answer.refused(new PresenceNotJoinedException(
					"The connection has not joined the topic " + Quoted.of(topic) + ": join it first"));
			return;
		}
		subscription.topic.state(subscription, state, expireAfter, answer);
	}

	@Override
	public CompletionStage<Integer> kick(String key, @Nullable String topic, KickMode mode) {
		try {
			if (topic != null) {
				checkTopic(topic);
			}
			PresenceStore.Kick kick = new PresenceStore.Kick(key, (topic != null) ? List.of(topic) : List.of(),
					(mode == KickMode.CLOSE) ? PresenceStore.Kick.Action.CLOSE : PresenceStore.Kick.Action.LEAVE);
			return kickLocally(kick).thenCombine(this.store.kick(kick), Integer::sum);
		}
		catch (PresenceException ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	private CompletionStage<Integer> kickLocally(PresenceStore.Kick kick) {
		Collection<Topic> where = kick.topics().isEmpty() ? new ArrayList<>(this.topics.values())
				: kick.topics().stream().map(this.topics::get).filter(Objects::nonNull).toList();
		Set<Connection> removed = ConcurrentHashMap.newKeySet();
		List<CompletableFuture<Void>> all = new ArrayList<>();
		for (Topic topic : where) {
			CompletableFuture<Void> done = new CompletableFuture<>();
			all.add(done);
			topic.kick(kick.key(), LeaveReason.KICKED, (connections) -> {
				removed.addAll(connections);
				for (Connection connection : connections) {
					unsubscribed(connection, topic.name(), UnsubscribeReason.KICKED);
				}
				done.complete(null);
			});
		}
		return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new)).thenApply((nothing) -> {
			if (kick.action() == PresenceStore.Kick.Action.CLOSE) {
				removed.forEach((connection) -> {
					ClientSession session = this.sessions.get(connection.id());
					if (session != null) {
						session.closeKicked();
					}
				});
			}
			return removed.size();
		});
	}

	@Override
	public CompletionStage<Integer> revalidate(String key) {
		PresenceStore.Kick request = new PresenceStore.Kick(key, List.of(), PresenceStore.Kick.Action.REVALIDATE);
		return revalidateLocally(key).thenCombine(this.store.kick(request), Integer::sum);
	}

	private CompletionStage<Integer> revalidateLocally(String key) {
		return CompletableFuture.supplyAsync(() -> {
			List<CompletableFuture<Boolean>> all = new ArrayList<>();
			for (ClientSession session : this.sessions.values()) {
				if (isOf(key, session.handle())) {
					all.add(revalidate(session.handle()).toCompletableFuture());
				}
			}
			return all;
		}, this.executor)
			.thenCompose((all) -> CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new))
				.thenApply((nothing) -> (int) all.stream().filter(CompletableFuture::join).count()));
	}

	private boolean isOf(String key, Connection connection) {
		List<Subscription> subscriptions = connection.subscriptions();
		if (subscriptions.isEmpty()) {
			return false;
		}
		for (Subscription subscription : subscriptions) {
			if (key.equals(subscription.topic.keyOf(subscription))) {
				return true;
			}
		}
		try {
			return key.equals(select(connection.user()).key());
		}
		catch (PresenceException ex) {
			return false;
		}
	}

	/**
	 * Returns a number that is another one after authority was asked again.
	 */
	long authority() {
		return this.authority.get();
	}

	/**
	 * Asks the authorizer again about all that a connection is.
	 * @return a stage that completes with whether it lost something
	 */
	CompletionStage<Boolean> revalidate(Connection connection) {
		this.authority.incrementAndGet();
		List<CompletableFuture<Boolean>> all = new ArrayList<>();
		for (Subscription each : connection.subscriptions()) {
			String topic = each.topic.name();
			boolean mayJoin = isAllowed(PresenceAction.JOIN, topic, connection);
			boolean mayObserve = isAllowed(PresenceAction.OBSERVE, topic, connection);
			boolean mayPublish = mayJoin && isAllowed(PresenceAction.STATE, topic, connection);
			Subscription subscription = connection.retainExisting(topic);
			if (subscription != null) {
				CompletableFuture<Boolean> revoked = new CompletableFuture<>();
				all.add(revoked);
				subscription.topic.revoke(subscription, mayJoin, mayObserve, mayPublish, revoked::complete);
			}
		}
		return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new))
			.thenApply((nothing) -> all.stream().anyMatch(CompletableFuture::join));
	}

	/**
	 * Makes a connection anonymous, because the login that it was opened with has ended,
	 * and asks the authorizer again what it may be as such.
	 */
	void forgetUser(Connection connection) {
		connection.forgetUser();
		revalidate(connection);
		update(connection, null);
	}

	@Override
	public void flushDiffs() {
		CompletableFuture<Void> flushed = flushed();
		if (!Mailbox.isInside()) {
			flushed.join();
		}
	}

	private CompletableFuture<Void> flushed() {
		List<CompletableFuture<Void>> all = new ArrayList<>();
		for (Topic topic : this.topics.values()) {
			CompletableFuture<Void> done = new CompletableFuture<>();
			all.add(done);
			topic.flush(() -> done.complete(null));
		}
		return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
	}

	@Override
	public CompletionStage<Void> clear() {
		List<CompletableFuture<Void>> all = new ArrayList<>();
		for (ClientSession session : this.sessions.values()) {
			all.add(leave(session.handle()).toCompletableFuture());
		}
		return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
	}

	// The end

	/**
	 * Takes no more joins, says goodbye to every connection and closes it, a few at a
	 * time. What the connections hold stays until {@link #end}.
	 * @param timeout how long it may take at the most
	 * @return a stage that completes, never exceptionally, when every connection is
	 * closed
	 */
	public CompletionStage<Void> goodbye(Duration timeout) {
		this.stopping = true;
		return new Goodbye(this.sessions.values(), this.scheduler, timeout).say();
	}

	/**
	 * Ends what this instance holds in the store: its members leave with the reason
	 * {@code shutdown}, unless another instance holds them too, and the listeners hear of
	 * it.
	 * @param timeout how long it may take at the most
	 * @return a stage that completes, never exceptionally, when it is done or the time is
	 * over
	 */
	public CompletionStage<Void> end(Duration timeout) {
		this.stopping = true;
		CompletableFuture<Void> done = new CompletableFuture<>();
		Scheduler.Cancellable limit = this.scheduler.schedule(() -> done.complete(null), timeout);
		this.store.end(timeout)
			.thenCompose((ended) -> flushed())
			.thenCompose((flushed) -> this.listeners.caughtUp())
			.whenComplete((heard, failure) -> {
				limit.cancel();
				done.complete(null);
			});
		return done;
	}

	/**
	 * Frees the store and the threads that the engine made itself. Connections that are
	 * still open are closed with code 1001.
	 */
	@Override
	public void close() {
		this.stopping = true;
		this.sessions.values().forEach(ClientSession::abandon);
		this.liveness.end();
		this.store.close();
		for (AutoCloseable resource : this.owned) {
			try {
				resource.close();
			}
			catch (Exception ex) {
				throw new IllegalStateException("A resource of the presence engine could not be freed", ex);
			}
		}
	}

	// What operators may ask

	/**
	 * Tells what this instance has now. The cost grows with the number of topics.
	 * @return the numbers
	 */
	public EngineStatistics statistics() {
		long members = 0;
		long holds = 0;
		long observers = 0;
		for (Topic topic : this.topics.values()) {
			members += Math.max(0, topic.count());
			holds += topic.holds();
			observers += topic.observers();
		}
		return new EngineStatistics(this.sessions.size(), this.participating.get(), this.topics.size(), members, holds,
				observers);
	}

	/**
	 * Tells how the store is.
	 * @return its condition now
	 */
	public StoreHealth storeHealth() {
		return this.store.health();
	}

	/**
	 * Tells how the engine behaves.
	 * @return its settings
	 */
	public PresenceSettings settings() {
		return this.settings;
	}

	/**
	 * Asks the authorizer, for a transport that has no connection of the engine.
	 * @param request who asks for what
	 * @return whether it is allowed; one that throws has denied
	 */
	public boolean isAllowed(PresenceRequest request) {
		try {
			if (this.topicRules.tracking(request.topic()) != TopicRules.Tracking.DISABLED
					&& this.authorizer.isAllowed(request)) {
				return true;
			}
		}
		catch (Exception | LinkageError | AssertionError | StackOverflowError ex) {
			AuthorizerFailure.log(this.authorizer, ex);
		}
		this.metrics.denied();
		return false;
	}

	boolean isAllowed(PresenceAction action, String topic, Connection connection) {
		return isAllowed(new PresenceRequest(action, topic, connection.principal(), connection.user(), connection));
	}

	// For the topics

	FrameReader frameReader() {
		return this.frameReader;
	}

	PresenceStore store() {
		return this.store;
	}

	PresenceMetrics metrics() {
		return this.metrics;
	}

	Scheduler scheduler() {
		return this.scheduler;
	}

	Executor executor() {
		return this.executor;
	}

	Listeners listeners() {
		return this.listeners;
	}

	PresenceSettings.Limits limits() {
		return this.settings.limits();
	}

	long now() {
		return this.scheduler.nanoTime();
	}

	long stamp() {
		return this.store.stamp();
	}

	String newEpoch() {
		return this.ids.get();
	}

	boolean isStopping() {
		return this.stopping;
	}

	boolean isKeyed(String topic) {
		return this.topicRules.tracking(topic) == TopicRules.Tracking.BY_KEY;
	}

	Topic retainTopic(String name) {
		while (true) {
			Topic topic = this.topics.computeIfAbsent(name, (absent) -> new Topic(this, absent));
			int users = topic.use();
			if (users == 0 && this.activeTopics.incrementAndGet() > limits().maxTopics()) {
				topic.tell(topic::unuse);
				throw limit("presence.limits.max-topics", "This instance has to do with " + limits().maxTopics()
						+ " topics already: raise presence.limits.max-topics");
			}
			if (users >= 0) {
				return topic;
			}
			this.topics.remove(name, topic);
		}
	}

	void topicUnused() {
		this.activeTopics.decrementAndGet();
	}

	void topicRemoved(Topic topic) {
		this.topics.remove(topic.name(), topic);
	}

	void admitConnection() {
		if (this.participating.incrementAndGet() > limits().maxConnections()) {
			this.participating.decrementAndGet();
			throw limit("presence.limits.max-connections", "This instance has " + limits().maxConnections()
					+ " connections already: raise presence.limits.max-connections");
		}
	}

	void dismissConnection() {
		this.participating.decrementAndGet();
	}

	void admitKey(String key) {
		int max = limits().maxConnectionsPerKey();
		this.connectionsByKey.compute(key, (same, count) -> {
			if (count != null && count >= max) {
				throw limit("presence.limits.max-connections-per-key", "The key " + Quoted.of(key) + " has " + max
						+ " connections already: close one, or raise presence.limits.max-connections-per-key");
			}
			return (count != null) ? count + 1 : 1;
		});
	}

	void dismissKey(String key) {
		this.connectionsByKey.computeIfPresent(key, (same, count) -> (count > 1) ? count - 1 : null);
	}

	PresenceLimitExceededException limit(String property, String message) {
		this.metrics.limitExceeded(property);
		return new PresenceLimitExceededException(property, message);
	}

	void unsubscribed(Connection connection, String topic, UnsubscribeReason reason) {
		connection.outbox().control(Frame.of(FrameWriter.unsubscribed(topic, reason, null)), null);
	}

	void unobserved(Connection connection, String topic, UnsubscribeReason reason) {
		unsubscribed(connection, SentTopic.PREFIX + topic, reason);
	}

	// Checks

	private void checkTopic(String topic) {
		this.topicNames.check(topic);
	}

	private void refuseWhileStopping() {
		if (this.stopping) {
			throw new PresenceUnavailableException("This instance is shutting down and takes no more joins");
		}
	}

	private void refuseUntracked(String topic) {
		if (this.topicRules.tracking(topic) == TopicRules.Tracking.DISABLED) {
			throw new PresenceAccessDeniedException("Presence is not tracked in the topic " + Quoted.of(topic)
					+ ": enable it by a rule of presence.topics");
		}
	}

	private String key(Connection connection, String topic, Selected selected) {
		refuseUntracked(topic);
		if (!isKeyed(topic)) {
			return connection.id();
		}
		return (selected.key() != null) ? selected.key() : MemberKeys.generated(connection.id());
	}

	private Selected select(@Nullable Object user) {
		try {
			return this.selection.select(user);
		}
		catch (PresenceLimitExceededException ex) {
			this.metrics.limitExceeded(ex.property());
			throw ex;
		}
	}

	private JsonText stateText(Object state) {
		int max = limits().maxStateBytes();
		try {
			return this.stateJson.of(state, max);
		}
		catch (JsonTooLargeException ex) {
			throw limit("presence.limits.max-state-bytes", "The state is larger than " + max
					+ " bytes: publish less, or raise presence.limits.max-state-bytes");
		}
	}

	private static @Nullable Duration expireAfter(@Nullable Duration expireAfter) {
		if (expireAfter != null
				&& (expireAfter.compareTo(MIN_EXPIRE_AFTER) < 0 || expireAfter.compareTo(MAX_EXPIRE_AFTER) > 0)) {
			throw new PresenceDataException(
					"A state cannot expire after " + expireAfter + ": choose from 1 ms to 24 hours");
		}
		return expireAfter;
	}

	private Connection own(PresenceConnection connection) {
		if (connection instanceof Connection own && own.isOf(this)) {
			return own;
		}
		throw new PresenceException("The connection " + Quoted.of(connection.id())
				+ " is not one that this service gave out: use the handle of the transport");
	}

	private PresenceMember member(String topic, @Nullable String key, Connection connection) {
		Topic watched = this.topics.get(topic);
		PresenceMember member = (watched != null && key != null) ? watched.member(key) : null;
		if (member != null) {
			return member;
		}
		Selected selected = select(connection.user());
		return new PresenceMember((key != null) ? key : "", selected.data().toMap(), null);
	}

	/**
	 * What is true of this instance's connections, for the store.
	 */
	private final class Truth implements LocalHolds {

		@Override
		public Hold hold(String topic, String key) {
			Topic own = PresenceEngine.this.topics.get(topic);
			return (own != null) ? own.hold(key) : new Hold.Released(LeaveReason.UNKNOWN);
		}

		@Override
		public @Nullable MemberState state(String topic, String connectionId) {
			Topic own = PresenceEngine.this.topics.get(topic);
			return (own != null) ? own.localState(connectionId) : null;
		}

		@Override
		public Collection<String> topics() {
			List<String> names = new ArrayList<>();
			PresenceEngine.this.topics.forEach((name, topic) -> {
				if (topic.holds() > 0) {
					names.add(name);
				}
			});
			return names;
		}

		@Override
		public Collection<String> keys(String topic) {
			Topic own = PresenceEngine.this.topics.get(topic);
			return (own != null) ? own.keys() : List.of();
		}

		@Override
		public Collection<String> statefulConnections(String topic) {
			Topic own = PresenceEngine.this.topics.get(topic);
			return (own != null) ? own.statefulConnections() : List.of();
		}

	}

	/**
	 * Hears of the store.
	 */
	private final class Ear implements StoreListener {

		@Override
		public void changed(RosterChange change) {
			Topic topic = PresenceEngine.this.topics.get(change.topic());
			if (topic != null) {
				topic.changed(change);
			}
		}

		@Override
		public void settled(String topic, String key, Settlement settlement) {
			Topic own = PresenceEngine.this.topics.get(topic);
			if (own != null) {
				own.settled(key, settlement);
			}
		}

		@Override
		public void reaped(RosterChange change) {
			Reaped.publish(change, PresenceEngine.this.listeners);
		}

		@Override
		public CompletionStage<Integer> kicked(PresenceStore.Kick kick) {
			return (kick.action() == PresenceStore.Kick.Action.REVALIDATE) ? revalidateLocally(kick.key())
					: kickLocally(kick);
		}

	}

	/**
	 * An answer made of two functions.
	 */
	private record Answer(Consumer<@Nullable String> whenAccepted,
			Consumer<PresenceException> whenRefused) implements JoinRequest.Answer {

		@Override
		public void accepted(@Nullable String key) {
			this.whenAccepted.accept(key);
		}

		@Override
		public void refused(PresenceException reason) {
			this.whenRefused.accept(reason);
		}

	}

}
