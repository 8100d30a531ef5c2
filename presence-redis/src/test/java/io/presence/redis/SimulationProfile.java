package io.presence.redis;

import java.time.Duration;
import java.util.Collections;
import java.util.List;

/**
 * What kinds of faults a simulated run has.
 */
enum SimulationProfile {

	PLAIN,

	NET(0.03, Break.CUT, Break.DEAFEN),

	STORE(0, Break.FLUSH, Break.DELETE_KEY, Break.DELETE_TOPIC),

	CORRUPT(0, Break.GARBAGE),

	SET_BACK(0, Break.ROLLBACK),

	CLOCKS(0, Break.CLOCK),

	AWAY(0, Break.RESTART, Break.FREEZE_REDIS),

	PROCESSES(0, Break.KILL, Break.FREEZE, Break.END),

	GRACE,

	GRACE_AND_FAULTS(0, Break.FLUSH, Break.CUT, Break.DEAFEN),

	GRACE_AND_PROCESSES(0, Break.FLUSH, Break.CUT, Break.DEAFEN, Break.FREEZE, Break.KILL, Break.END),

	/** Batches that arrive after newer ones, from connections that were given up. */
	LATE(0, Break.CUT, Break.FREEZE_REDIS),

	/** A Redis that now and then refuses what it is asked. */
	ERRORS(0, Break.CUT, Break.FLUSH),

	EVERYTHING(0.02, Break.values());

	private final double net;

	private final List<Break> breaks;

	SimulationProfile() {
		this(0);
	}

	SimulationProfile(double net, Break... breaks) {
		this.net = net;
		this.breaks = List.of(breaks);
	}

	List<Break> breaks() {
		return this.breaks;
	}

	/**
	 * Tells whether keys can vanish one by one, or be forged.
	 */
	boolean deletes() {
		return breaksAny(Break.DELETE_KEY, Break.DELETE_TOPIC, Break.GARBAGE, Break.CLOCK, Break.ROLLBACK);
	}

	/**
	 * Tells whether instances are told so much that no two of them can take an edge for
	 * their own: one that shows what Redis does not take may.
	 */
	boolean tellsEverything() {
		return this.net == 0 && this != ERRORS && !deletes()
				&& !breaksAny(Break.RESTART, Break.FREEZE_REDIS, Break.FREEZE);
	}

	boolean breaksAny(Break... breaks) {
		return !Collections.disjoint(this.breaks, List.of(breaks));
	}

	Duration grace() {
		return name().startsWith("GRACE") ? Duration.ofSeconds(12) : Duration.ZERO;
	}

	void faults(SimulatedLink.Faults faults, SimulatedServer server) {
		faults.lost = this.net;
		faults.doubled = this.net;
		faults.reordered = this.net;
		faults.late = (this.net > 0) ? 0.5 : (this == LATE) ? 1 : 0;
		faults.stalled = (this == LATE) ? 0.01 : this.net / 20;
		server.errors = (this == ERRORS) ? 0.05 : 0;
	}

	/**
	 * What can break.
	 */
	enum Break {

		FLUSH, DELETE_KEY, DELETE_TOPIC, GARBAGE, ROLLBACK, CLOCK, RESTART, FREEZE_REDIS, CUT, DEAFEN, KILL, FREEZE, END

	}

}
