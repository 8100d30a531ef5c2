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

	private final Executor executor;

	private boolean calling = true;

	/**
	 * Creates the stage.
	 * @param executor where later answers are given
	 */
	Answered(Executor executor) {
		this.executor = executor;
	}

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

	/**
	 * Returns an answer that completes the stage with a value whatever the key is.
	 */
	JoinRequest.Answer with(Supplier<T> value) {
		return JoinRequest.Answer.of((key) -> complete(value), this::fail);
	}

	void complete(Supplier<T> value) {
		if (isCalling()) {
			this.future.complete(value.get());
		}
		else {
			this.future.completeAsync(value, this.executor);
		}
	}

	void fail(PresenceException reason) {
		if (isCalling()) {
			this.future.completeExceptionally(reason);
		}
		else {
			this.executor.execute(() -> this.future.completeExceptionally(reason));
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
