package io.presence.sample;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;

import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Knows what this instance is called, so that the page can tell who serves it.
 */
@RestController
class Instance {

	private volatile String name;

	Instance(SampleProperties properties) {
		this.name = properties.instance();
	}

	@EventListener
	void started(WebServerInitializedEvent event) throws UnknownHostException {
		if (this.name.isBlank()) {
			this.name = InetAddress.getLocalHost().getHostName() + ":" + event.getWebServer().getPort();
		}
	}

	@GetMapping("/api/instance")
	Map<String, String> instance() {
		return Map.of("instance", this.name);
	}

	String name() {
		return this.name;
	}

}
