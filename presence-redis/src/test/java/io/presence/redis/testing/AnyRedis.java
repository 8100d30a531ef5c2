package io.presence.redis.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * Any Redis: one that somebody runs, one in a container, or a process.
 *
 * @param uri where it is
 * @param server what to stop, {@code null} if somebody else does
 */
record AnyRedis(RedisURI uri, @Nullable AutoCloseable server) implements Resettable {

	private static final String IMAGE = "redis:7-alpine";

	private static final int PORT = 6379;

	static boolean isAvailable() {
		return url() != null || isDockerThere() || RedisBinary.path().isPresent();
	}

	static AnyRedis start() {
		String url = url();
		if (url != null) {
			return new AnyRedis(RedisURI.create(url), null);
		}
		if (isDockerThere()) {
			GenericContainer<?> container = new GenericContainer<>(DockerImageName.parse(IMAGE));
			container.withExposedPorts(PORT).start();
			return new AnyRedis(RedisURI.create(container.getHost(), container.getMappedPort(PORT)), container);
		}
		RedisServer server = RedisServer.launch();
		return new AnyRedis(server.uri(), server);
	}

	private static @Nullable String url() {
		String url = System.getenv("PRESENCE_TEST_REDIS_URL");
		return (url == null || url.isBlank()) ? null : url;
	}

	/**
	 * Asks Docker only where its socket or address is, for asking in vain is slow.
	 */
	private static boolean isDockerThere() {
		return (Files.exists(Path.of("/var/run/docker.sock")) || System.getenv("DOCKER_HOST") != null)
				&& DockerClientFactory.instance().isDockerAvailable();
	}

	@Override
	public void reset() {
		RedisClient client = RedisClient.create(this.uri);
		try (StatefulRedisConnection<String, String> connection = client.connect()) {
			connection.sync().flushall();
		}
		finally {
			client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
		}
	}

	@Override
	public void close() {
		try {
			if (this.server != null) {
				this.server.close();
			}
		}
		catch (Exception ex) {
			throw new IllegalStateException("Cannot stop " + this.uri, ex);
		}
	}

}
