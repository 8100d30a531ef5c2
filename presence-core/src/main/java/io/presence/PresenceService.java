package io.presence;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

import org.jspecify.annotations.Nullable;

/**
 * Tells who is present in a topic, on every instance, and joins, observes and leaves for
 * a connection.
 * <p>
 * The methods that return a {@link CompletionStage} never wait: they can be called from
 * any thread, an event loop included. What they report as an error, a refused join for
 * example, completes the stage exceptionally with a {@link PresenceException}. The plain
 * reads do no I/O for a topic that this instance watches, that is, one that a connection
 * of this instance has joined or observes. For any other topic they take one round trip
 * to the shared store, at most {@code presence.redis.command-timeout}, and then answer
 * what this instance knows, marked {@linkplain PresenceRoster#stale() stale}. They never
 * throw because the store is away.
 * <p>
 * The service is trusted code and asks no {@link PresenceAuthorizer}; whatever lets a
 * user in calls that first. All methods can be called from any thread.
 */
public interface PresenceService {

	/**
	 * Returns the members of a topic in one consistent answer: members, their number and
	 * the version belong together.
	 * @param topic the name of the topic
	 * @return the roster, empty if nobody is there
	 * @throws InvalidTopicException if the name is not one of a topic
	 */
	PresenceRoster roster(String topic);

	/**
	 * Returns the members of a topic without ever waiting.
	 * @param topic the name of the topic
	 * @return a stage that completes with what {@link #roster(String)} returns
	 */
	CompletionStage<PresenceRoster> rosterAsync(String topic);

	/**
	 * Returns the members of a topic, in no particular order.
	 * @param topic the name of the topic
	 * @return the members
	 * @throws InvalidTopicException if the name is not one of a topic
	 */
	default List<PresenceMember> list(String topic) {
		return roster(topic).members();
	}

	/**
	 * Returns the number of members of a topic: of distinct keys, however many
	 * connections each has. The cost does not depend on the number.
	 * @param topic the name of the topic
	 * @return the number of members, zero if nobody is there
	 * @throws InvalidTopicException if the name is not one of a topic
	 */
	int count(String topic);

	/**
	 * Tells whether a member is present in a topic.
	 * @param topic the name of the topic
	 * @param key the key of the member
	 * @return whether at least one connection of that key is in the topic
	 * @throws InvalidTopicException if the name is not one of a topic
	 */
	boolean isPresent(String topic, String key);

	/**
	 * Returns the names of the topics that have members, on any instance.
	 * @return the names, in no particular order
	 */
	Set<String> topics();

	/**
	 * Returns the names of the topics that have members without ever waiting.
	 * @return a stage that completes with what {@link #topics()} returns
	 */
	CompletionStage<Set<String>> topicsAsync();

	/**
	 * Makes a connection a participant of a topic, and an observer of it unless
	 * {@link JoinOption#withoutObserving()} is given. To join again changes nothing,
	 * except that other data is an update.
	 * @param connection the connection
	 * @param topic the name of the topic
	 * @param options what to do besides
	 * @return a stage that completes with the member that the connection stands behind
	 * once {@link #list} and {@link #count} on this instance include it. It fails with
	 * {@link PresenceConnectionClosedException} if the connection closed meanwhile, with
	 * {@link PresenceLimitExceededException} if a limit refuses the join, with
	 * {@link PresenceDataException} if the public data could not be selected, and with
	 * {@link InvalidTopicException}; then nothing of the join remains
	 */
	CompletionStage<PresenceMember> join(PresenceConnection connection, String topic, JoinOption... options);

	/**
	 * Ends the part that a connection takes in a topic, and the observing that joining
	 * brought. Others see the reason {@link LeaveReason#LEAVE} if it was the last
	 * connection of its member.
	 * @param connection the connection
	 * @param topic the name of the topic
	 * @return a stage that completes when this instance shows it; at once if the
	 * connection is not in the topic
	 */
	CompletionStage<Void> leave(PresenceConnection connection, String topic);

	/**
	 * Ends the part that a connection takes in every topic. The connection stays open,
	 * and observes what it asked to observe.
	 * @param connection the connection
	 * @return a stage that completes when this instance shows it
	 */
	CompletionStage<Void> leave(PresenceConnection connection);

	/**
	 * Makes a connection an observer of a topic without joining, and sends it a snapshot;
	 * for one that observes already, just the snapshot.
	 * @param connection the connection
	 * @param topic the name of the topic
	 * @return a stage that completes when the connection observes; it fails as
	 * {@link #join} does
	 */
	CompletionStage<Void> sync(PresenceConnection connection, String topic);

	/**
	 * Ends what {@link #sync} began. A connection that has joined still observes.
	 * @param connection the connection
	 * @param topic the name of the topic
	 * @return a stage that completes when nothing more will be sent for this ground
	 */
	CompletionStage<Void> unsync(PresenceConnection connection, String topic);

	/**
	 * Replaces the user data of a connection in every topic it is in: a new name or
	 * avatar without a reconnect.
	 * <p>
	 * Where the new user data is refused as a whole, because the public part cannot be
	 * selected or is too large, or because its key has as many connections as it may
	 * have, nothing changes anywhere. A topic that is full
	 * ({@code presence.limits.max-members-per-topic}) decides alone: if the update would
	 * make the connection a new member there, it stays the member that it was, while it
	 * is updated in all others and in what it joins later.
	 * @param connection the connection
	 * @param userData the new user data, from which the public part is selected
	 * @return a stage that completes when this instance shows it in every topic; it fails
	 * with {@link PresenceDataException} or {@link PresenceLimitExceededException}, for
	 * {@code max-members-per-topic} when every topic has decided
	 */
	CompletionStage<Void> update(PresenceConnection connection, @Nullable Object userData);

	/**
	 * Publishes the state of a connection in a topic, in place of the one it had.
	 * @param connection the connection, which must have joined the topic
	 * @param topic the name of the topic
	 * @param state what becomes JSON: a map, record, string, number and so on;
	 * {@code null} clears the state
	 * @param expireAfter after how long the state clears itself, 1 ms to 24 hours, or
	 * {@code null} for never
	 * @return a stage that completes when the state is accepted; it fails with
	 * {@link PresenceLimitExceededException} if the JSON is longer than
	 * {@code presence.limits.max-state-bytes}, and with
	 * {@link PresenceNotJoinedException}; then the previous state stays
	 */
	CompletionStage<Void> setState(PresenceConnection connection, String topic, @Nullable Object state,
			@Nullable Duration expireAfter);

	/**
	 * Clears the state of a connection in a topic.
	 * @param connection the connection
	 * @param topic the name of the topic
	 * @return a stage that completes when it is cleared; at once if there was none
	 */
	CompletionStage<Void> clearState(PresenceConnection connection, String topic);

	/**
	 * Removes the connections of a member from one topic or from all, on every instance.
	 * Others see the reason {@link LeaveReason#KICKED}. It does not keep them from coming
	 * back: that is the {@link PresenceAuthorizer}'s business.
	 * @param key the key of the member
	 * @param topic the name of the topic, or {@code null} for all topics
	 * @param mode whether the connections are closed as well
	 * @return a stage that completes with the number of connections that were removed,
	 * once this instance does not show them any more
	 * @throws NullPointerException if the key or the mode is {@code null}
	 */
	CompletionStage<Integer> kick(String key, @Nullable String topic, KickMode mode);

	/**
	 * Asks the {@link PresenceAuthorizer} again, on every instance, about all that the
	 * connections of a user have joined, observe and publish, and ends what it no longer
	 * allows: for when a role was taken away, or somebody was banned from a room. The
	 * client is told {@code unsubscribed} with the reason {@code unauthorized}; others
	 * see the reason {@link LeaveReason#KICKED}. The connections stay open.
	 * @param key the key of the user, whether or not it is a member of a topic now
	 * @return a stage that completes with the number of connections that lost something
	 * @throws NullPointerException if the key is {@code null}
	 */
	CompletionStage<Integer> revalidate(String key);

	/**
	 * Hands every diff that waits for its flush to the connections' queues before it
	 * returns.
	 */
	void flushDiffs();

	/**
	 * Ends the participations of all of this instance's connections, and nobody else's.
	 * The connections stay open.
	 * @return a stage that completes when this instance shows it
	 */
	CompletionStage<Void> clear();

}
