package io.presence.redis;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Reads a watched topic, once it is subscribed and again whenever messages do not fit its
 * replica: one read at a time, and one a second. What is asked for while that is not
 * possible is done later.
 */
final class TopicReader {

	private static final Duration BETWEEN_READS = Duration.ofSeconds(1);

	private static final String PIECE = "1000";

	private final Bucket bucket;

	private final Watch watch;

	private final ReadQueue queue;

	/** Whether a server confirmed that it sends the messages. */
	private boolean subscribed;

	/** Whether a read waits for its turn. */
	private boolean scheduled;

	/** The read that is under way. */
	private @Nullable TopicRead read;

	/** Whether to read once that is possible again. */
	private boolean later;

	private @Nullable Long lastRead;

	TopicReader(Bucket bucket, Watch watch, ReadQueue queue) {
		this.bucket = bucket;
		this.watch = watch;
		this.queue = queue;
	}

	/**
	 * Learns that a server sends the messages from now on, so that nothing is missed
	 * after what is read now.
	 */
	void subscribed() {
		this.subscribed = true;
		if (this.watch.replica().isLoaded()) {
			this.bucket.lease().ask(this.watch);
		}
		else {
			request();
		}
	}

	/**
	 * Keeps a message that comes during a read, to be taken after it.
	 * @param message the message
	 * @return whether there is a read
	 */
	boolean keeps(TopicMessage message) {
		if (this.read == null) {
			return false;
		}
		this.read.messages().add(message);
		return true;
	}

	/**
	 * Reads as soon as that is possible.
	 */
	void request() {
		if (!isNeeded() || !this.subscribed || this.scheduled) {
			return;
		}
		if (this.read != null || this.bucket.lease().isTroubled()) {
			this.later = true;
			return;
		}
		this.scheduled = true;
		long now = this.bucket.calls().now();
		long due = (this.lastRead != null) ? this.lastRead + BETWEEN_READS.toNanos() - now : 0;
		if (due <= 0) {
			this.queue.add(this);
		}
		else {
			this.bucket.calls().later(Duration.ofNanos(due), () -> this.queue.add(this));
		}
	}

	/**
	 * Reads if that was not possible before.
	 */
	void retry() {
		if (this.later) {
			this.later = false;
			request();
		}
	}

	boolean isNeeded() {
		return !this.watch.isDropped();
	}

	/**
	 * Reads, as it is its turn.
	 */
	void start() {
		TopicRead started = new TopicRead(this.bucket.calls().now());
		this.scheduled = false;
		this.read = started;
		this.lastRead = started.startedAt();
		readPiece(started, "0");
	}

	private void readPiece(TopicRead read, String cursor) {
		List<String> keys = List.of(this.bucket.context().keys().bucket(this.bucket.number()), this.watch.channel());
		this.bucket.calls().call(Script.READ, keys, List.of(cursor, PIECE), (reply) -> {
			this.bucket.repaired(reply.number(3));
			String next = read.take(reply);
			if (next.equals("0") || !isNeeded()) {
				finish(read);
			}
			else {
				readPiece(read, next);
			}
		}, (failure) -> {
			end();
			this.later = true;
			this.bucket.lease().trouble();
			takeMessages(read);
		});
	}

	private void finish(TopicRead read) {
		end();
		if (isNeeded()) {
			this.watch.replace(read);
			takeMessages(read);
			retry();
		}
	}

	private void end() {
		this.read = null;
		this.queue.ended();
	}

	private void takeMessages(TopicRead read) {
		read.messages().forEach((message) -> this.bucket.watches().message(this.watch.topic(), message));
	}

}
