package io.presence.redis;

import java.util.HashSet;
import java.util.Set;

import io.presence.store.Settlement;

/**
 * What the commit script replies to a batch that it took. Marks are named by their
 * position in the batch.
 *
 * @param version the version that the topics got
 * @param refused the holds that found their topic full
 * @param repaired the number of values that the script could not read and replaced
 * @param yielded the holds that stand behind those of other instances
 * @param edges the marks that made a member come or leave
 * @param over the holds for the grace time of members who had left
 */
record Committed(long version, Set<Integer> refused, long repaired, Set<Integer> yielded, Set<Integer> edges,
		Set<Integer> over) {

	static Committed of(Reply reply) {
		return new Committed(reply.number(1), positions(reply.list(2)), reply.number(3), positions(reply.list(4)),
				positions(reply.list(5)), positions(reply.list(6)));
	}

	/**
	 * Tells what became of a hold.
	 * @param position its position in the batch
	 * @return its settlement
	 */
	Settlement settlement(int position) {
		if (this.over.contains(position)) {
			return Settlement.RELEASED;
		}
		if (this.refused.contains(position)) {
			return Settlement.REFUSED;
		}
		return this.yielded.contains(position) ? Settlement.YIELDED : Settlement.HELD;
	}

	private static Set<Integer> positions(Reply reply) {
		Set<Integer> positions = new HashSet<>();
		for (int i = 0; i < reply.size(); i++) {
			positions.add((int) reply.number(i));
		}
		return positions;
	}

}
