package io.presence;

/**
 * What happens to the connections of a member that is kicked.
 */
public enum KickMode {

	/** They leave the topic and stay open. */
	LEAVE,

	/** They leave the topic and are closed, with code 4403: clients do not come back. */
	CLOSE

}
