package io.presence.redis.testing;

/**
 * Something that one test after the other uses.
 */
interface Resettable extends AutoCloseable {

	/**
	 * Makes it run and be empty.
	 */
	void reset();

	@Override
	void close();

}
