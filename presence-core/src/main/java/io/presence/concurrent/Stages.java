package io.presence.concurrent;

import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Waits for several asynchronous calls as for one.
 */
public final class Stages {

	private Stages() {
	}

	/**
	 * Returns a stage that completes when all of the given have, exceptionally if one of
	 * them did.
	 * @param stages the stages; none: the stage is complete
	 * @return the stage
	 */
	public static CompletableFuture<Void> all(Collection<? extends CompletionStage<?>> stages) {
		return CompletableFuture
			.allOf(stages.stream().map(CompletionStage::toCompletableFuture).toArray(CompletableFuture<?>[]::new));
	}

}
