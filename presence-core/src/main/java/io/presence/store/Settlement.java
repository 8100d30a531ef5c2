package io.presence.store;

/**
 * How a mark was answered.
 */
public enum Settlement {

	/** The hold stands in the store, and the listener was told of the member. */
	HELD,

	/**
	 * The hold stands in the store behind that of another instance, as it is only to last
	 * for the grace time: what its connections published is to go.
	 */
	YIELDED,

	/** There is no hold of this instance, and the listener was told so. */
	RELEASED,

	/**
	 * The topic has as many members as it may have and the key was not one of them: there
	 * is no hold. The instance must let go of the key.
	 */
	REFUSED

}
