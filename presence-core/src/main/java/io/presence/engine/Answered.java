package io.presence.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.presence.PresenceException;

/**
 * The stage that an asynchronous call returns. When the answer comes before the call
 * returns, the stage is completed at once, as nobody can have hung anything on it; later
 * answers are given on the executor, so that what users hang on it never runs inside a
 * topic.
 */
final class Answered<T extends @Nullable Object> {

	private final CompletableFuture<T> future = new CompletableFuture<>();

	private final Thread caller = Thread.currentThread();

	private boolean calling = true;

	CompletionStage<T> await(Consumer<Answered<T>> call) {
		try {
			call.accept(this);
		}
		catch (PresenceException ex) {
			this.future.completeExceptionally(ex);
		}
		finally {
			this.calling = false;
		}
		return this.future;
	}

	void complete(Supplier<T> value, Executor executor) {
		if (isCalling()) {
			this.future.complete(value.get());
		}
		else {
			this.future.completeAsync(value, executor);
		}
	}

	void fail(PresenceException reason, Executor executor) {
		if (isCalling()) {
			this.future.completeExceptionally(reason);
		}
		else {
			executor.execute(() -> this.future.completeExceptionally(reason));
		}
	}

	/**
	 * Tells whether the call has not returned yet. Only the caller's own thread may see
	 * that it has not.
	 */
	private boolean isCalling() {
		return Thread.currentThread() == this.caller && this.calling;
	}

}
