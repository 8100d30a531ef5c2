package io.presence.store;

import java.util.concurrent.CompletionStage;

/**
 * What hears of the store. The methods return at once and do not throw.
 */
public interface StoreListener {

	/**
	 * Called with each change of a watched topic, in order.
	 * @param change what changed
	 */
	void changed(RosterChange change);

	/**
	 * Called when a mark of a hold was answered, or is shown as it is in memory because
	 * the store does not answer, after {@link #changed} was called with what follows from
	 * it; once more if the store then answers otherwise. It tells what was true when the
	 * store acted, which may have changed since; then there is another mark.
	 * @param topic the name of the topic
	 * @param key the key
	 * @param settlement the answer
	 */
	void settled(String topic, String key, Settlement settlement);

	/**
	 * Called with what this instance removed for an instance that had died, in a topic
	 * that it does not watch.
	 * @param change the members that left, all with this instance as origin
	 */
	void reaped(RosterChange change);

	/**
	 * Called when another instance asks to remove a member's connections.
	 * @param kick whom to remove from where
	 * @return a stage that completes with the number of connections that were removed
	 */
	CompletionStage<Integer> kicked(PresenceStore.Kick kick);

}
