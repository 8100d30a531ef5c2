package io.presence.redis;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * The watched topics of a bucket that are to be read, in order of arrival, a few at a
 * time.
 */
final class ReadQueue {

	private static final int MAX_READS = 16;

	private final Queue<TopicReader> waiting = new ArrayDeque<>();

	private int underWay;

	/**
	 * Starts a read, or lets it wait until others ended.
	 * @param reader what reads
	 */
	void add(TopicReader reader) {
		this.waiting.add(reader);
		startReads();
	}

	/**
	 * Learns that a read that was started ended.
	 */
	void ended() {
		this.underWay--;
		startReads();
	}

	private void startReads() {
		while (this.underWay < MAX_READS && !this.waiting.isEmpty()) {
			TopicReader reader = this.waiting.remove();
			if (reader.isNeeded()) {
				this.underWay++;
				reader.start();
			}
		}
	}

}
