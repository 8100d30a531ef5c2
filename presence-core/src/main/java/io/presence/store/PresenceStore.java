package io.presence.store;

import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * What the instances share: which of them hold which keys in which topics, and the states
 * of their connections.
 * <p>
 * An instance never tells the store that something was added or removed. It
 * <em>marks</em> a hold or a state of its own that may stand differently in the store.
 * The store asks {@link LocalHolds} for what is true at the moment when it acts, makes it
 * so, tells every instance that watches the topic through {@link StoreListener#changed},
 * and then answers with {@link StoreListener#settled}. A mark stays until it is answered,
 * whatever is lost, refused or tried again. So joining, leaving, retrying and healing are
 * one path.
 * <p>
 * No method waits, and none throws because the store is away. Every method can be called
 * from any thread. The listener and the {@link LocalHolds} may be called on any thread,
 * also before the call that caused it returns; for one topic, never two calls of the
 * listener at once.
 */
public interface PresenceStore extends AutoCloseable {

	/**
	 * Begins to work for an instance. Called once, before any other method.
	 * @param local what is true of the instance's own connections
	 * @param listener what hears of changes
	 */
	void start(LocalHolds local, StoreListener listener);

	/**
	 * Returns the time on the clock that all instances share, to order what their
	 * connections do. As long as the shared clock is not known, the store gives values
	 * that it sets right when it acts on the mark.
	 * @return microseconds, below 2^53, greater than what this method returned before
	 */
	long stamp();

	/**
	 * Marks holds and states of this instance in a topic: they may stand differently in
	 * the store. What is marked by one call becomes visible in one change. Each hold is
	 * answered by {@link StoreListener#settled}; states have no answer.
	 * @param topic the name of the topic
	 * @param keys the keys whose holds are marked
	 * @param connectionIds the ids of the connections whose states are marked
	 */
	void mark(String topic, Collection<String> keys, Collection<String> connectionIds);

	/**
	 * Begins to tell the listener of a topic. The first {@link RosterChange} is
	 * {@linkplain RosterChange#complete() complete}; it comes soon even when the store is
	 * away, and then holds what this instance knows.
	 * @param topic the name of the topic
	 */
	void watch(String topic);

	/**
	 * Ends what {@link #watch} began. A change that is under way may still be told.
	 * @param topic the name of the topic
	 */
	void unwatch(String topic);

	/**
	 * Tells whether what the listener heard of a watched topic may be out of date,
	 * because the store is away.
	 * @param topic the name of the topic
	 * @return whether it may be
	 */
	boolean isStale(String topic);

	/**
	 * Reads a topic that is not watched. The stage completes, never exceptionally, within
	 * the time that a command may take, if need be with what this instance knows, marked
	 * stale.
	 * @param topic the name of the topic
	 * @return a stage that completes with the roster
	 */
	CompletionStage<StoredRoster> read(String topic);

	/**
	 * Reads the number of members of a topic that is not watched, in constant time,
	 * otherwise as {@link #read} does.
	 * @param topic the name of the topic
	 * @return a stage that completes with the number
	 */
	CompletionStage<Integer> count(String topic);

	/**
	 * Returns the names of all topics that have members. The stage completes, never
	 * exceptionally, within the time that a command may take.
	 * @return a stage that completes with the names
	 */
	CompletionStage<Set<String>> topics();

	/**
	 * Asks every other instance to remove a member's connections, or to ask again what
	 * they may do, by calling {@link StoreListener#kicked} there.
	 * @param kick whom to remove from where
	 * @return a stage that completes, never exceptionally, with the number of connections
	 * that the other instances let go, once each that is alive has answered or was waited
	 * for long enough
	 */
	CompletionStage<Integer> kick(Kick kick);

	/**
	 * Ends the holds of this instance because it shuts down. Members that nobody else
	 * holds leave with the reason {@code shutdown}, after the grace time if there is one.
	 * The listener hears of it while it can. After that, marks do nothing.
	 * @param timeout how long it may take at the most
	 * @return a stage that completes, never exceptionally, when it is done or the time is
	 * over
	 */
	CompletionStage<Void> end(Duration timeout);

	/**
	 * Tells how the store is.
	 * @return its condition now
	 */
	StoreHealth health();

	/**
	 * Frees what the store uses. Does not end the holds: {@link #end} does.
	 */
	@Override
	void close();

	/**
	 * Whom to remove from where.
	 *
	 * @param key the key of the member
	 * @param topics the names of the topics, empty for all
	 * @param action what to do with the connections
	 */
	record Kick(String key, Collection<String> topics, Action action) {

		/**
		 * What to do with the connections.
		 */
		public enum Action {

			/** They leave and stay open. */
			LEAVE,

			/** They leave and are closed. */
			CLOSE,

			/** They keep what the authorizer still allows. */
			REVALIDATE

		}

	}

}
