package io.presence;

/**
 * What somebody asks to do in a topic.
 */
public enum PresenceAction {

	/** To become a participant. */
	JOIN,

	/** To see who is there. */
	OBSERVE,

	/** To publish a state. */
	STATE

}
