package io.presence.redis;

import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisCredentialsProvider;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.tracing.Tracing;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.NamedNode;
import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.RedisNode;
import org.springframework.data.redis.connection.RedisPassword;
import org.springframework.data.redis.connection.RedisSentinelConfiguration;
import org.springframework.data.redis.connection.RedisSocketConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.RedisStaticMasterReplicaConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import io.presence.concurrent.Scheduler;

/**
 * Makes a link from the configuration of an application's connection factory: the same
 * servers, credentials, TLS and threads, but connections of its own.
 */
final class LettuceLinks {

	private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

	private final LettuceConnectionFactory factory;

	private final LettuceClientConfiguration configuration;

	LettuceLinks(LettuceConnectionFactory factory) {
		this.factory = factory;
		this.configuration = factory.getClientConfiguration();
	}

	int database() {
		return (this.factory.getClusterConfiguration() != null) ? 0 : this.factory.getDatabase();
	}

	Function<Problems, RedisLink> link(Keys keys, Scheduler scheduler) {
		ClientResources shared = this.configuration.getClientResources().orElseGet(this.factory::getClientResources);
		ClientResources resources = (shared != null) ? shared.mutate().tracing(Tracing.disabled()).build() : null;
		return (problems) -> {
			RedisClient client = (resources != null) ? RedisClient.create(resources) : RedisClient.create();
			client.setOptions(options(ClientOptions.builder()).build());
			return new LettuceLink(client, topology(keys, client), scheduler, problems);
		};
	}

	private RedisTopology topology(Keys keys, RedisClient single) {
		RedisClusterConfiguration cluster = this.factory.getClusterConfiguration();
		RedisSentinelConfiguration sentinel = this.factory.getSentinelConfiguration();
		RedisSocketConfiguration socket = this.factory.getSocketConfiguration();
		RedisStaticMasterReplicaConfiguration masterReplica = masterReplica();
		if (cluster != null) {
			List<RedisURI> seeds = new ArrayList<>();
			cluster.getClusterNodes()
				.forEach((node) -> seeds
					.add(authenticated(uri(node), cluster, cluster.getUsername(), cluster.getPassword())));
			RedisClusterClient client = RedisClusterClient.create(single.getResources(), seeds);
			client.setOptions((ClusterClientOptions) options(ClusterClientOptions.builder()).build());
			return new ClusterTopology(client, keys);
		}
		if (sentinel != null) {
			return RedisTopology.single(uri(sentinel));
		}
		if (socket != null) {
			RedisURI uri = RedisURI.create("redis-socket://" + socket.getSocket());
			uri.setDatabase(database());
			return RedisTopology
				.single(authenticated(settled(uri), socket, socket.getUsername(), socket.getPassword()));
		}
		if (masterReplica != null) {
			return new MasterReplicaTopology(single, masterReplica.getNodes().stream().map((node) -> {
				RedisURI uri = uri(new RedisNode(node.getHostName(), node.getPort()));
				uri.setDatabase(database());
				return authenticated(uri, masterReplica, masterReplica.getUsername(), masterReplica.getPassword());
			}).toList());
		}
		RedisStandaloneConfiguration standalone = this.factory.getStandaloneConfiguration();
		RedisURI uri = uri(new RedisNode(this.factory.getHostName(), this.factory.getPort()));
		uri.setDatabase(database());
		return RedisTopology.single(authenticated(uri, standalone, standalone.getUsername(), standalone.getPassword()));
	}

	/**
	 * Finds the list of a master and its replicas, which the factory gives away to
	 * nobody.
	 */
	private @Nullable RedisStaticMasterReplicaConfiguration masterReplica() {
		try {
			for (Field field : LettuceConnectionFactory.class.getDeclaredFields()) {
				if (field.getType() == RedisConfiguration.class) {
					field.setAccessible(true);
					return (field.get(this.factory) instanceof RedisStaticMasterReplicaConfiguration found) ? found
							: null;
				}
			}
			return null;
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException("The servers of the LettuceConnectionFactory cannot be read", ex);
		}
	}

	private RedisURI uri(RedisSentinelConfiguration sentinel) {
		NamedNode master = Objects.requireNonNull(sentinel.getMaster(), "spring.data.redis.sentinel.master is not set");
		RedisURI.Builder builder = RedisURI.builder().withSentinelMasterId(String.valueOf(master.getName()));
		for (RedisNode node : sentinel.getSentinels()) {
			RedisURI uri = uri(node);
			RedisCredentialsProvider given = this.configuration.getRedisCredentialsProviderFactory()
				.map((factory) -> factory.createSentinelCredentialsProvider(sentinel))
				.orElse(null);
			builder
				.withSentinel(credentials(uri, given, sentinel.getSentinelUsername(), sentinel.getSentinelPassword()));
		}
		RedisURI uri = settled(secured(builder).build());
		uri.setDatabase(database());
		return authenticated(uri, sentinel, sentinel.getUsername(), sentinel.getPassword());
	}

	private RedisURI uri(RedisNode node) {
		String host = String.valueOf(node.getHost());
		int port = (node.getPort() != null) ? node.getPort() : RedisURI.DEFAULT_REDIS_PORT;
		return settled(secured(RedisURI.builder().withHost(host).withPort(port)).build());
	}

	private RedisURI.Builder secured(RedisURI.Builder builder) {
		return builder.withSsl(this.configuration.isUseSsl())
			.withStartTls(this.configuration.isStartTls())
			.withVerifyPeer(this.configuration.getVerifyMode());
	}

	private RedisURI settled(RedisURI uri) {
		uri.setTimeout(CONNECT_TIMEOUT);
		uri.setClientName(this.configuration.getClientName().map((name) -> name + "-presence").orElse("presence"));
		return uri;
	}

	private RedisURI authenticated(RedisURI uri, RedisConfiguration of, @Nullable String username,
			RedisPassword password) {
		RedisCredentialsProvider given = this.configuration.getRedisCredentialsProviderFactory()
			.map((factory) -> factory.createCredentialsProvider(of))
			.orElse(null);
		return credentials(uri, given, username, password);
	}

	private static RedisURI credentials(RedisURI uri, @Nullable RedisCredentialsProvider given,
			@Nullable String username, RedisPassword password) {
		if (given != null) {
			uri.setCredentialsProvider(given);
		}
		else if (password.isPresent()) {
			String user = (username != null && !username.isEmpty()) ? username : null;
			uri.setCredentialsProvider(
					RedisCredentialsProvider.from(() -> RedisCredentials.just(user, password.get())));
		}
		return uri;
	}

	private ClientOptions.Builder options(ClientOptions.Builder builder) {
		ClientOptions given = this.configuration.getClientOptions().orElse(null);
		if (given != null) {
			builder.sslOptions(given.getSslOptions());
			builder.protocolVersion(given.getConfiguredProtocolVersion());
		}
		return builder.autoReconnect(false)
			.disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
			.timeoutOptions(TimeoutOptions.create())
			.socketOptions(SocketOptions.builder().connectTimeout(CONNECT_TIMEOUT).keepAlive(true).build());
	}

}
