package io.presence.concurrent;

/**
 * Tells what an application's code may throw without harm from what says that the JVM is
 * in trouble.
 */
public final class Failures {

	private Failures() {
	}

	/**
	 * Throws an error of the JVM on, such as {@link OutOfMemoryError}. An endless
	 * recursion is none: it is over where it is caught.
	 * @param failure what was caught
	 */
	public static void rethrowIfFatal(Throwable failure) {
		if (failure instanceof VirtualMachineError error && !(failure instanceof StackOverflowError)) {
			throw error;
		}
	}

}
