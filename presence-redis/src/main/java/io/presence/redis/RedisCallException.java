package io.presence.redis;

/**
 * Tells that a script call failed.
 */
final class RedisCallException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final boolean refused;

	private RedisCallException(String message, boolean refused) {
		super(message);
		this.refused = refused;
	}

	/**
	 * The server answered with an error: the script was not carried out.
	 * @param error the error
	 * @return the exception
	 */
	static RedisCallException refused(String error) {
		return new RedisCallException(error, true);
	}

	/**
	 * The connection was lost, or there is none: whether the script was carried out is
	 * unknown.
	 * @param cause what is known about it
	 * @return the exception
	 */
	static RedisCallException lost(String cause) {
		return new RedisCallException(cause, false);
	}

	/**
	 * Tells whether the server answered.
	 * @return whether it did
	 */
	boolean isRefused() {
		return this.refused;
	}

	@Override
	public synchronized Throwable fillInStackTrace() {
		return this;
	}

}
