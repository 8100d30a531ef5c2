package io.presence.engine;

import java.util.ArrayList;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What follows outside of a topic from what was done in it, to be run after the task that
 * did it, in order, without the topic's lock.
 */
final class Effects {

	private static final Logger logger = LoggerFactory.getLogger(Effects.class);

	private List<Runnable> waiting = new ArrayList<>(2);

	void add(Runnable effect) {
		this.waiting.add(effect);
	}

	List<Runnable> take() {
		if (this.waiting.isEmpty()) {
			return List.of();
		}
		List<Runnable> taken = this.waiting;
		this.waiting = new ArrayList<>(2);
		return taken;
	}

	static void run(List<Runnable> effects) {
		for (Runnable effect : effects) {
			try {
				effect.run();
			}
			catch (RuntimeException | Error ex) {
				logger.error("What follows from a change of a topic failed; the rest goes on", ex);
			}
		}
	}

}
