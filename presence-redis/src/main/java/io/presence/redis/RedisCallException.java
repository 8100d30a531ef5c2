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
	 * There is no connection. What opens connections reports why.
	 * @param problem why there is none
	 * @param cause what is known about it
	 * @return the exception
	 */
	static RedisCallException unavailable(Problem problem, String cause) {
		return new RedisCallException(cause, Kind.UNAVAILABLE, problem);
	}

	/**
	 * This instance closed the connection on which the call was, for a reason that it has
	 * reported. Whether it was carried out is unknown.
	 * @return the exception
	 */
	static RedisCallException abandoned() {
		return new RedisCallException("the connection was closed to open another one", Kind.ABANDONED,
				Problem.NOT_CONNECTED);
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
		return this.kind == Kind.UNAVAILABLE || isAbandoned();
	}

	boolean isAbandoned() {
		return this.kind == Kind.ABANDONED;
	}

	Problem problem() {
		return this.problem;
	}

	@Override
	public synchronized Throwable fillInStackTrace() {
		return this;
	}

	private enum Kind {

		REFUSED, LOST, UNAVAILABLE, ABANDONED

	}

}
