package io.presence.redis;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.presence.concurrent.Mailbox;
import io.presence.concurrent.Scheduler;
import io.presence.redis.Reply.MalformedReplyException;

/**
 * The script calls of a bucket. Their answers come as tasks of the bucket's mailbox. A
 * connection that answers nothing for one renewal is opened anew.
 */
final class Calls {

	private static final Logger logger = LoggerFactory.getLogger(Calls.class);

	private static final long NEVER = Long.MAX_VALUE;

	private final StoreContext context;

	private final int bucket;

	private final Mailbox mailbox;

	private final Set<Call> underWay = new LinkedHashSet<>();

	private boolean watching;

	/** Whether calls got no answer, not even an error, since one did. */
	private boolean unanswered;

	private long lastAnswer;

	private volatile long failingSince = NEVER;

	private volatile String failure = Problem.NOT_CONNECTED.explain("there was no connection yet");

	private volatile long waitingSince = NEVER;

	Calls(StoreContext context, int bucket, Mailbox mailbox) {
		this.context = context;
		this.bucket = bucket;
		this.mailbox = mailbox;
		this.failingSince = context.scheduler().nanoTime();
		this.lastAnswer = this.failingSince;
	}

	/**
	 * Calls a script.
	 * @param script the script
	 * @param keys its keys
	 * @param arguments its arguments
	 * @param answer what takes the reply
	 * @param failure what is told when there is no good reply
	 */
	void call(Script script, List<String> keys, List<String> arguments, Consumer<Reply> answer,
			Consumer<RedisCallException> failure) {
		Call call = new Call(now());
		this.underWay.add(call);
		watch();
		this.context.link()
			.call(this.bucket, script, keys, arguments)
			.whenComplete((reply, error) -> this.mailbox.tell(() -> {
				this.underWay.remove(call);
				this.lastAnswer = (error == null) ? now() : this.lastAnswer;
				this.unanswered = error != null && !exception(error).isRefused();
				watch();
				if (error != null) {
					failed(call, exception(error), failure);
				}
				else {
					answered(script, new Reply(reply), answer, failure);
				}
			}));
	}

	/**
	 * Runs a task of the bucket later.
	 * @param delay how much later
	 * @param task the task
	 */
	void later(Duration delay, Runnable task) {
		this.context.scheduler().schedule(() -> this.mailbox.tell(task), delay);
	}

	/**
	 * Tells since when Redis does not do its work.
	 * @return nanoseconds, {@code null} if it does
	 */
	@Nullable Long degradedSince() {
		long failing = this.failingSince;
		long waiting = this.waitingSince;
		if (failing != NEVER) {
			return failing;
		}
		return waitsTooLong(waiting) ? Long.valueOf(waiting) : null;
	}

	/**
	 * Tells whether it is known that Redis does not answer: another call would wait in
	 * vain. Errors are answers, which come at once.
	 * @return whether the last call was lost, or one has waited for too long
	 */
	boolean isUnanswered() {
		return this.unanswered || waitsTooLong(this.waitingSince);
	}

	/**
	 * Tells why Redis does not do its work, if it does not.
	 * @return what is wrong and what to do
	 */
	String degradedBecause() {
		long waiting = this.waitingSince;
		return (this.failingSince == NEVER && waiting != NEVER) ? Problem.SILENT.explain(silence(waiting))
				: this.failure;
	}

	private boolean waitsTooLong(long since) {
		return since != NEVER && now() - since >= this.context.settings().patience().toNanos();
	}

	private String silence(long since) {
		return "no reply for " + Duration.ofNanos(now() - since).toMillis() + " ms";
	}

	long now() {
		return this.context.scheduler().nanoTime();
	}

	private void answered(Script script, Reply reply, Consumer<Reply> answer, Consumer<RedisCallException> failure) {
		try {
			answer.accept(reply);
			if (!script.isReading()) {
				this.failingSince = NEVER;
				this.context.problems().over();
			}
		}
		catch (RuntimeException ex) {
			if (!(ex instanceof MalformedReplyException)) {
				logger.error("A reply of Redis could not be processed; it is asked again", ex);
			}
			String message = String.valueOf(ex.getMessage());
			this.context.problems().report(Problem.MALFORMED_REPLY, message);
			failing(Problem.MALFORMED_REPLY, message, now());
			failure.accept(RedisCallException.refused(message));
		}
	}

	private void failed(Call call, RedisCallException ex, Consumer<RedisCallException> failure) {
		String message = String.valueOf(ex.getMessage());
		Problem problem = ex.problem();
		if (!ex.isAbandoned() || this.failingSince == NEVER) {
			failing(problem, message, ex.isRefused() ? now() : call.sentAt());
		}
		if (!ex.isReported()) {
			this.context.problems().report(problem, message);
		}
		failure.accept(ex);
	}

	private void failing(Problem problem, String message, long since) {
		this.failure = problem.explain(message);
		if (this.failingSince == NEVER) {
			this.failingSince = since;
		}
	}

	private void watch() {
		Call oldest = this.underWay.isEmpty() ? null : this.underWay.iterator().next();
		this.waitingSince = (oldest != null) ? oldest.sentAt() : NEVER;
		if (oldest != null && !this.watching) {
			this.watching = true;
			later(Duration.ofNanos(patientUntil(oldest) - now()), this::check);
		}
	}

	private void check() {
		this.watching = false;
		Call oldest = this.underWay.isEmpty() ? null : this.underWay.iterator().next();
		Duration patience = this.context.settings().leaseRenewal();
		if (oldest != null && this.context.link().hasAnswered(this.bucket, patience)) {
			later(patience, this::check);
			this.watching = true;
			return;
		}
		if (oldest != null && patientUntil(oldest) - now() <= 0) {
			String silence = silence(oldest.sentAt());
			this.context.problems().report(Problem.SILENT, silence);
			failing(Problem.SILENT, silence, oldest.sentAt());
			this.lastAnswer = now();
			this.context.link().reopenCalls(this.bucket);
		}
		watch();
	}

	private long patientUntil(Call oldest) {
		return Math.max(oldest.sentAt() - this.lastAnswer, 0) + this.lastAnswer
				+ this.context.settings().leaseRenewal().toNanos();
	}

	private static RedisCallException exception(Throwable error) {
		Throwable cause = (error instanceof CompletionException && error.getCause() != null) ? error.getCause() : error;
		return (cause instanceof RedisCallException call) ? call : RedisCallException.lost(String.valueOf(cause));
	}

	/**
	 * A call that was not answered.
	 */
	private static final class Call {

		private final long sentAt;

		Call(long sentAt) {
			this.sentAt = sentAt;
		}

		long sentAt() {
			return this.sentAt;
		}

	}

}
