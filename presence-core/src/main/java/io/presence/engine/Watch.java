package io.presence.engine;

/**
 * Whether a topic is watched in the store, and its roster as the store has told it. It is
 * watched from the first need until nobody was in the topic for a while.
 */
final class Watch {

	private final String topic;

	private final EngineContext context;

	private final Effects effects;

	private final RosterView view;

	private final Observers observers;

	private boolean begun;

	private boolean loaded;

	Watch(String topic, EngineContext context, Effects effects, RosterView view, Observers observers) {
		this.topic = topic;
		this.context = context;
		this.effects = effects;
		this.view = view;
		this.observers = observers;
	}

	void begin() {
		if (!this.begun) {
			this.begun = true;
			this.observers.restart();
			this.effects.add(() -> this.context.store().watch(this.topic));
		}
	}

	void end() {
		this.begun = false;
		this.loaded = false;
		this.view.clear();
		this.effects.add(() -> this.context.store().unwatch(this.topic));
	}

	boolean isBegun() {
		return this.begun;
	}

	/**
	 * Tells whether the roster is known.
	 */
	boolean isLoaded() {
		return this.loaded;
	}

	/**
	 * Hears that the roster has been told for the first time. Nobody needs a diff to it.
	 */
	void loaded() {
		this.view.takeDiff(true);
		this.loaded = true;
	}

	RosterView view() {
		return this.view;
	}

}
