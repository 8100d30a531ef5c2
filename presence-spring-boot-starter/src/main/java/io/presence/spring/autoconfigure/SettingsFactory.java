package io.presence.spring.autoconfigure;

import java.time.Duration;
import java.util.Set;

import org.springframework.util.unit.DataSize;

import io.presence.engine.PresenceSettings;
import io.presence.privacy.SensitiveNames;
import io.presence.spring.websocket.WebSocketSettings;

/**
 * Turns the properties into what the parts want to know.
 */
final class SettingsFactory {

	private static final Duration IDLE_MARGIN = Duration.ofSeconds(10);

	private final PresenceProperties properties;

	SettingsFactory(PresenceProperties properties) {
		this.properties = properties;
	}

	PresenceSettings engine() {
		PresenceProperties properties = this.properties;
		PresenceProperties.WebSocket websocket = properties.websocket();
		return new PresenceSettings(properties.heartbeat(), properties.announcedMaxAge(), properties.grace(),
				properties.flushInterval(), properties.stateFlushInterval(), websocket.pingInterval(),
				websocket.pongTimeout(), websocket.sendTimeout(), websocket.subscribeTimeout(),
				properties.redis().commandTimeout(), PresenceSettings.defaults().watchLinger(), limits());
	}

	WebSocketSettings websocket(boolean virtualThreads) {
		PresenceProperties.WebSocket websocket = this.properties.websocket();
		return new WebSocketSettings(bytes(this.properties.limits().maxFrameBytes()),
				bytes(this.properties.limits().maxOutboundBytes()), websocket.sendTimeout(),
				websocket.pingInterval().plus(websocket.pongTimeout()).plus(IDLE_MARGIN), !virtualThreads);
	}

	SensitiveNames sensitiveNames() {
		Set<String> words = this.properties.select().sensitiveWords();
		SensitiveNames names = (words != null) ? SensitiveNames.of(words) : SensitiveNames.defaults();
		return names.and(this.properties.select().additionalSensitiveWords());
	}

	private PresenceSettings.Limits limits() {
		PresenceProperties.Limits limits = this.properties.limits();
		return new PresenceSettings.Limits(limits.maxConnections(), limits.maxTopics(), limits.maxTopicsPerConnection(),
				limits.maxConnectionsPerKey(), limits.maxConnectionsPerAddress(), limits.maxTopicLength(),
				bytes(limits.maxDataBytes()), bytes(limits.maxStateBytes()), bytes(limits.maxOutboundBytes()),
				limits.maxFramesPerSecond());
	}

	private static int bytes(DataSize size) {
		return Math.toIntExact(size.toBytes());
	}

}
