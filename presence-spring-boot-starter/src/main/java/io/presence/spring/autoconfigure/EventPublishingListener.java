package io.presence.spring.autoconfigure;

import org.springframework.context.ApplicationEventPublisher;

import io.presence.PresenceEvent;
import io.presence.PresenceListener;

/**
 * Publishes every event as an application event, for methods such as
 * {@code @EventListener void left(PresenceEvent.Left event)}.
 */
final class EventPublishingListener implements PresenceListener {

	private final ApplicationEventPublisher publisher;

	EventPublishingListener(ApplicationEventPublisher publisher) {
		this.publisher = publisher;
	}

	@Override
	public void onEvent(PresenceEvent event) {
		this.publisher.publishEvent(event);
	}

}
