package io.presence.spring.recipes;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocketHandshakeException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ApplicationEvent;

import io.presence.PresenceService;
import io.presence.redis.testing.RedisServer;
import io.presence.spring.websocket.TestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application on a free port, of which a test may have several.
 */
public final class RunningApplication implements AutoCloseable {

	private static final HttpClient http = HttpClient.newHttpClient();

	private final ServletWebServerApplicationContext context;

	private RunningApplication(ServletWebServerApplicationContext context) {
		this.context = context;
	}

	/**
	 * Starts an application whose instances share nothing.
	 * @param application its configuration
	 * @param properties further properties, {@code name=value}
	 * @return the application
	 */
	public static RunningApplication alone(Class<?> application, String... properties) {
		return start(application, Map.of("presence.store", "memory"), properties);
	}

	/**
	 * Starts an instance of an application.
	 * @param redis what the instances share
	 * @param application its configuration
	 * @param properties further properties, {@code name=value}
	 * @return the application
	 */
	public static RunningApplication on(RedisServer redis, Class<?> application, String... properties) {
		return start(
				application, Map.of("presence.store", "redis", "spring.data.redis.port", redis.port(),
						"presence.redis.lease", "3s", "presence.redis.lease-renewal", "1s", "presence.ttl", "9s"),
				properties);
	}

	private static RunningApplication start(Class<?> application, Map<String, Object> defaults, String... properties) {
		Map<String, Object> all = new LinkedHashMap<>(defaults);
		all.put("server.port", "0");
		all.put("presence.shutdown.timeout", "1s");
		for (String property : properties) {
			int equals = property.indexOf('=');
			all.put(property.substring(0, equals), property.substring(equals + 1));
		}
		SpringApplication starting = new SpringApplication(application);
		starting.setDefaultProperties(all);
		return new RunningApplication((ServletWebServerApplicationContext) starting.run());
	}

	public PresenceService presence() {
		return this.context.getBean(PresenceService.class);
	}

	public <T> T bean(Class<T> type) {
		return this.context.getBean(type);
	}

	public void publish(ApplicationEvent event) {
		this.context.publishEvent(event);
	}

	public TestClient connect(String path, Map<String, String> headers) throws InterruptedException {
		return TestClient.connect(this.context.getWebServer().getPort(), path, headers).welcomed();
	}

	/**
	 * Returns the status with which a handshake is refused.
	 */
	int refusal(String path, Map<String, String> headers) {
		try (TestClient client = TestClient.connect(this.context.getWebServer().getPort(), path, headers)) {
			return 101;
		}
		catch (CompletionException ex) {
			assertThat(ex).hasCauseInstanceOf(WebSocketHandshakeException.class);
			return ((WebSocketHandshakeException) ex.getCause()).getResponse().statusCode();
		}
	}

	HttpResponse<String> get(String path, Map<String, String> headers) throws IOException, InterruptedException {
		return send(HttpRequest.newBuilder().GET(), path, headers);
	}

	HttpResponse<String> post(String path, Map<String, String> headers) throws IOException, InterruptedException {
		return send(HttpRequest.newBuilder().POST(BodyPublishers.noBody()), path, headers);
	}

	HttpResponse<String> postForm(String path, String form) throws IOException, InterruptedException {
		return send(HttpRequest.newBuilder().POST(BodyPublishers.ofString(form)), path,
				Map.of("Content-Type", "application/x-www-form-urlencoded"));
	}

	private HttpResponse<String> send(HttpRequest.Builder request, String path, Map<String, String> headers)
			throws IOException, InterruptedException {
		headers.forEach(request::header);
		request.uri(URI.create("http://localhost:" + this.context.getWebServer().getPort() + path));
		return http.send(request.build(), BodyHandlers.ofString());
	}

	@Override
	public void close() {
		this.context.close();
	}

}
