package io.presence.engine;

import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

import org.jspecify.annotations.Nullable;

import io.presence.JoinOption;
import io.presence.KickMode;
import io.presence.PresenceConnection;
import io.presence.PresenceException;
import io.presence.PresenceLimitExceededException;
import io.presence.PresenceMember;
import io.presence.PresenceNotJoinedException;
import io.presence.PresenceRequest;
import io.presence.PresenceRoster;
import io.presence.PresenceService;
import io.presence.concurrent.Mailbox;
import io.presence.concurrent.Scheduler;
import io.presence.concurrent.Stages;
import io.presence.json.JsonText;
import io.presence.json.Quoted;
import io.presence.protocol.UnsubscribeReason;
import io.presence.store.PresenceStore;
import io.presence.store.StoreHealth;

/**
 * Presence on one instance. It is what applications know as {@link PresenceService}, and
 * it opens connections for the transports. Plain Java: it needs no container, only a
 * {@link PresenceStore}.
 * <p>
 * It ends in three steps, each bounded in time: {@link #goodbye} closes the connections,
 * {@link #end} ends what the instance holds in the store, {@link #close} frees the rest.
 */
public final class PresenceEngine implements PresenceService, AutoCloseable {

	private final EngineContext context;

	private final Sessions sessions;

	private final Admission admission;

	private final Topics topics;

	private final TopicPolicy policy;

	private final Access access;

	private final Participation participation;

	private final StateChecks stateChecks;

	private final Reads reads;

	private final Kicks kicks;

	private final Revalidation revalidation;

	private final ClientFrames frames;

	PresenceEngine(PresenceEngineBuilder builder) {
		this.context = new EngineContext(builder);
		this.policy = new TopicPolicy(this.context.limits().maxTopicLength(), builder.topicRules);
		Identities identities = new Identities(builder.selection(), this.policy, builder.metrics);
		this.admission = new Admission(this.context);
		this.sessions = new Sessions(this.context, this.admission);
		this.topics = new Topics(this.context, this.policy);
		this.access = new Access(builder.authorizer, this.policy, builder.metrics);
		this.participation = new Participation(this.context, this.policy, identities);
		this.stateChecks = new StateChecks(this.context);
		this.reads = new Reads(this.context, this.topics, this.policy, identities);
		this.kicks = new Kicks(this.context.store(), this.topics, this.sessions);
		this.revalidation = new Revalidation(this.context, this.sessions, this.access, identities);
		this.frames = new ClientFrames(this.context, this.access, this.participation, this.revalidation);
		this.context.store()
			.start(new LocalTruth(this.topics),
					new StoreEar(this.topics, this.context.listeners(), this.kicks, this.revalidation));
	}

	/**
	 * Returns a builder; everything has a default.
	 * @return the builder
	 */
	public static PresenceEngineBuilder builder() {
		return new PresenceEngineBuilder();
	}

	/**
	 * Opens a connection whose client speaks the whole protocol, and greets it.
	 * @param transport where its frames go
	 * @param details what is known of it
	 * @return the session, to be told what arrives
	 * @throws PresenceLimitExceededException if its address has as many connections as it
	 * may have
	 */
	public ClientSession open(PresenceTransport transport, ConnectionDetails details) {
		this.admission.admitAddress(details.remoteAddress());
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
		return this.admission.admits(remoteAddress);
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

	private ClientSession session(PresenceTransport transport, ConnectionDetails details, boolean decorated) {
		String id = this.context.newId();
		ClientSession session = new ClientSession(this.context, this.sessions, this.frames, transport, decorated,
				(outbox) -> new Connection(this.context, this.topics, this.admission, id, details, outbox));
		this.sessions.add(session);
		return session;
	}

	private void sayGoodbyeIfStopping(ClientSession session) {
		if (this.context.isStopping()) {
			session.goodbye(Goodbye.retryAfter());
		}
	}

	// Reads

	@Override
	public PresenceRoster roster(String topic) {
		return this.reads.roster(topic);
	}

	@Override
	public CompletionStage<PresenceRoster> rosterAsync(String topic) {
		return this.reads.rosterAsync(topic);
	}

	@Override
	public int count(String topic) {
		return this.reads.count(topic);
	}

	@Override
	public boolean isPresent(String topic, String key) {
		return this.reads.isPresent(topic, key);
	}

	@Override
	public Set<String> topics() {
		return this.reads.topics();
	}

	@Override
	public CompletionStage<Set<String>> topicsAsync() {
		return this.context.store().topics();
	}

	// Commands

	@Override
	public CompletionStage<PresenceMember> join(PresenceConnection connection, String topic, JoinOption... options) {
		return new Answered<PresenceMember>(this.context.executor()).await((answered) -> {
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
			JsonText json = (state != null) ? this.stateChecks.toJson(state.value()) : null;
			Duration expireAfter = (state != null) ? StateChecks.expireAfter(state.expireAfter()) : null;
			this.participation.join(own, topic,
					new JoinRequest(JoinRequest.Kind.JOIN, topic, json, expireAfter, observe, false, null,
							JoinRequest.Answer.of((key) -> answered.complete(() -> this.reads.joined(own, topic, key)),
									answered::fail)));
		});
	}

	@Override
	public CompletionStage<Void> leave(PresenceConnection connection, String topic) {
		return new Answered<Void>(this.context.executor()).await((answered) -> {
			this.policy.checkName(topic);
			Connection own = own(connection);
			this.participation.leave(own, topic, true, (joined) -> {
				if (joined) {
					own.unsubscribed(topic, UnsubscribeReason.LEAVE);
				}
				answered.complete(() -> null);
			});
		});
	}

	@Override
	public CompletionStage<Void> leave(PresenceConnection connection) {
		try {
			return Stages.all(own(connection).topics().stream().map((topic) -> leave(connection, topic)).toList());
		}
		catch (PresenceException ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	@Override
	public CompletionStage<Void> sync(PresenceConnection connection, String topic) {
		return new Answered<Void>(this.context.executor()).await((answered) -> this.participation
			.observe(own(connection), topic, JoinRequest.observe(topic, answered.with(() -> null))));
	}

	@Override
	public CompletionStage<Void> unsync(PresenceConnection connection, String topic) {
		return new Answered<Void>(this.context.executor()).await((answered) -> {
			this.policy.checkName(topic);
			this.participation.unobserve(own(connection), topic, () -> answered.complete(() -> null));
		});
	}

	@Override
	public CompletionStage<Void> update(PresenceConnection connection, @Nullable Object userData) {
		try {
			return this.participation.update(own(connection), userData);
		}
		catch (PresenceException ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	@Override
	public CompletionStage<Void> setState(PresenceConnection connection, String topic, @Nullable Object state,
			@Nullable Duration expireAfter) {
		return new Answered<Void>(this.context.executor()).await((answered) -> {
			this.policy.checkName(topic);
			this.participation.state(own(connection), topic, (state != null) ? this.stateChecks.toJson(state) : null,
					StateChecks.expireAfter(expireAfter), answered.with(() -> null));
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

	@Override
	public CompletionStage<Integer> kick(String key, @Nullable String topic, KickMode mode) {
		requireKey(key);
		Objects.requireNonNull(mode, "The mode of a kick is null: give KickMode.LEAVE or KickMode.CLOSE");
		try {
			if (topic != null) {
				this.policy.checkName(topic);
			}
			return this.kicks.kick(key, topic, mode);
		}
		catch (PresenceException ex) {
			return CompletableFuture.failedFuture(ex);
		}
	}

	@Override
	public CompletionStage<Integer> revalidate(String key) {
		requireKey(key);
		return this.revalidation.revalidate(key);
	}

	private static void requireKey(@Nullable String key) {
		Objects.requireNonNull(key, "The key is null: give the key of a member, as PresenceMember.key() tells it");
	}

	@Override
	public void flushDiffs() {
		CompletableFuture<Void> flushed = this.topics.flush();
		if (!Mailbox.isInside()) {
			flushed.join();
		}
	}

	@Override
	public CompletionStage<Void> clear() {
		return Stages.all(this.sessions.all().stream().map((session) -> leave(session.handle())).toList());
	}

	private Connection own(PresenceConnection connection) {
		if (connection instanceof Connection own && own.isOf(this.context)) {
			return own;
		}
		throw new PresenceException("The connection " + Quoted.of(connection.id())
				+ " is not one that this service gave out: use the handle of the transport");
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
		this.context.stop();
		return new Goodbye(this.sessions, this.context.scheduler(), timeout).say();
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
		this.context.stop();
		CompletableFuture<Void> done = new CompletableFuture<>();
		Scheduler.Cancellable limit = this.context.scheduler().schedule(() -> done.complete(null), timeout);
		this.context.store()
			.end(timeout)
			.thenCompose((ended) -> this.topics.flush())
			.thenCompose((flushed) -> this.context.listeners().caughtUp())
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
		this.context.stop();
		this.sessions.abandon();
		this.context.close();
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
		for (Topic topic : this.topics.all()) {
			members += Math.max(0, topic.count());
			holds += topic.holds();
			observers += topic.observers();
		}
		return new EngineStatistics(this.sessions.size(), this.admission.participating(), this.topics.all().size(),
				members, holds, observers);
	}

	/**
	 * Tells how the store is.
	 * @return its condition now
	 */
	public StoreHealth storeHealth() {
		return this.context.store().health();
	}

	/**
	 * Tells how the engine behaves.
	 * @return its settings
	 */
	public PresenceSettings settings() {
		return this.context.settings();
	}

	/**
	 * Asks the authorizer, for a transport that has no connection of the engine.
	 * @param request who asks for what
	 * @return whether it is allowed; one that throws has denied
	 */
	public boolean isAllowed(PresenceRequest request) {
		return this.access.isAllowed(request);
	}

}
