package io.presence;

/**
 * Hears of every {@link PresenceEvent} in the topics that this instance watches, one at a
 * time, in order for each topic, on a thread that does no I/O for connections. A listener
 * that throws is logged and harms nobody. One that does not keep up loses events once
 * {@code 65 536} wait for it; that is logged and counted.
 */
@FunctionalInterface
public interface PresenceListener {

	/**
	 * Called for each event.
	 * @param event what happened
	 */
	void onEvent(PresenceEvent event);

}
