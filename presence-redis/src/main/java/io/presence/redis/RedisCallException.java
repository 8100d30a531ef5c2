package io.presence.redis;

/**
 * Tells that a script call failed.
 */
final class RedisCallException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final Kind kind;

	private final Problem problem;

	private RedisCallException(String message, Kind kind, Problem problem) {
		super(message);
		this.kind = kind;
		this.problem = problem;
	}

	/**
	 * The server answered with an error: the script was not carried out.
	 * @param error the error
	 * @return the exception
	 */
	static RedisCallException refused(String error) {
		return new RedisCallException(error, Kind.REFUSED, Problem.ofError(error));
	}

	/**
	 * The connection was lost: whether the script was carried out is unknown.
	 * @param cause what is known about it
	 * @return the exception
	 */
	static RedisCallException lost(String cause) {
		return new RedisCallException(cause, Kind.LOST, Problem.NOT_CONNECTED);
	}

	/**
	 * There is no connection, or this instance closed it. What opens connections reports
	 * why.
	 * @param problem why there is none
	 * @param cause what is known about it
	 * @return the exception
	 */
	static RedisCallException unavailable(Problem problem, String cause) {
		return new RedisCallException(cause, Kind.UNAVAILABLE, problem);
	}

	/**
	 * Tells whether the server answered.
	 * @return whether it did
	 */
	boolean isRefused() {
		return this.kind == Kind.REFUSED;
	}

	/**
	 * Tells whether something else reports what is wrong.
	 * @return whether it does
	 */
	boolean isReported() {
		return this.kind == Kind.UNAVAILABLE;
	}

	Problem problem() {
		return this.problem;
	}

	@Override
	public synchronized Throwable fillInStackTrace() {
		return this;
	}

	private enum Kind {

		REFUSED, LOST, UNAVAILABLE

	}

}
