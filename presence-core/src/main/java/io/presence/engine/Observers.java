package io.presence.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.presence.protocol.Position;

/**
 * On what grounds connections observe a topic, and which of them wait until its roster is
 * known. Each time that the topic is watched anew it has another audience.
 */
final class Observers {

	private final String topic;

	private final EngineContext context;

	private final RosterView view;

	private final Effects effects;

	private final Answers answers;

	private final List<Waiting> waiting = new ArrayList<>(0);

	private Audience audience;

	Observers(String topic, EngineContext context, RosterView view, Effects effects, Answers answers) {
		this.topic = topic;
		this.context = context;
		this.view = view;
		this.effects = effects;
		this.answers = answers;
		this.audience = newAudience();
	}

	private Audience newAudience() {
		return new Audience(this.topic, this.context.newId(), this.view, this.effects, this.context.settings(),
				this.context.metrics(), this.context.now());
	}

	/**
	 * Hears that the topic is watched anew.
	 */
	void restart() {
		this.audience = newAudience();
	}

	Audience audience() {
		return this.audience;
	}

	/**
	 * Brings a connection up to date that has joined, and lets it observe if it wants to.
	 */
	void joined(Subscription subscription, JoinRequest request) {
		if (request.observe()) {
			subscription.observeOn(Ground.JOINED, request.light());
		}
		else {
			subscription.endGround(Ground.JOINED);
		}
		begin(subscription, request);
	}

	/**
	 * Lets a connection observe that has asked for it.
	 */
	void asked(Subscription subscription, JoinRequest request) {
		this.answers.accept(request, null);
		subscription.observeOn(Ground.ASKED, request.light());
		begin(subscription, request);
	}

	private void begin(Subscription subscription, JoinRequest request) {
		if (subscription.observes()) {
			this.audience.add(subscription, this.context.now());
		}
		else {
			this.audience.remove(subscription);
		}
		owe(subscription, request.position(), request.sent());
	}

	/**
	 * Owes a connection what brings it up to date.
	 */
	void owe(Subscription subscription, @Nullable Position position, String sent) {
		this.audience.owe(subscription, position, sent, this.context.now());
	}

	/**
	 * Ends a ground to observe.
	 */
	void stop(Subscription subscription, Ground ground) {
		subscription.endGround(ground);
		if (!subscription.observes()) {
			this.audience.remove(subscription);
		}
	}

	/**
	 * Lets a connection wait to observe until the roster is known.
	 */
	void await(Subscription subscription, JoinRequest request) {
		this.waiting.add(new Waiting(subscription, request));
		subscription.connection.retainExisting(this.topic);
	}

	boolean isWaiting(Subscription subscription) {
		return this.waiting.stream().anyMatch((waiting) -> waiting.subscription == subscription);
	}

	/**
	 * Returns those who wait, and lets them wait no more. Each is still kept.
	 */
	List<Waiting> takeWaiting() {
		List<Waiting> taken = new ArrayList<>(this.waiting);
		this.waiting.clear();
		return taken;
	}

	/**
	 * Answers the wish to observe, which is being ended before the roster was known.
	 * @return whether there was one
	 */
	boolean answerWaiting(Subscription subscription) {
		return endWaiting(subscription, (request) -> this.answers.accept(request, null));
	}

	/**
	 * Refuses the wish to observe of a connection that has closed.
	 */
	void refuseWaiting(Subscription subscription) {
		endWaiting(subscription, (request) -> this.answers.refuseClosed(request, subscription.connection));
	}

	private boolean endWaiting(Subscription subscription, Consumer<JoinRequest> answer) {
		return this.waiting.removeIf((waiting) -> {
			if (waiting.subscription != subscription) {
				return false;
			}
			answer.accept(waiting.request);
			subscription.connection.release(subscription);
			return true;
		});
	}

	/**
	 * One who waits.
	 *
	 * @param subscription who
	 * @param request what was asked
	 */
	record Waiting(Subscription subscription, JoinRequest request) {

	}

}
