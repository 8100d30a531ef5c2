package io.presence.redis.testing;

import io.lettuce.core.RedisURI;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives a test a real Redis. What a test or its constructor names as a parameter is
 * started once for the test class and stopped after it:
 * <ul>
 * <li>{@link RedisURI}: any server, emptied before each test: the one at
 * {@code PRESENCE_TEST_REDIS_URL}, <b>whose content is deleted</b>, else one in a
 * container if Docker answers, else a process;</li>
 * <li>{@link RedisServer}: a process that the test may stop and freeze, running and
 * emptied before each test;</li>
 * <li>{@link RedisClusterServers}: three masters, running and emptied before each
 * test;</li>
 * <li>{@link RedisSentinelServers}: a master, a replica and a Sentinel, started for each
 * test.</li>
 * </ul>
 * The program comes out of the embedded-redis jar, or is {@code redis-server} on the
 * path. Where there is none, the test class is disabled, or fails if
 * {@code PRESENCE_REQUIRE_REDIS} is {@code true}.
 */
public final class RedisServerExtension implements ExecutionCondition, ParameterResolver, BeforeEachCallback {

	static final String HELP = "put the jar of org.signal:embedded-redis on the class path of the tests, install "
			+ "redis-server, or set PRESENCE_TEST_REDIS_URL";

	private static final Namespace NAMESPACE = Namespace.create(RedisServerExtension.class);

	@Override
	public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
		if (AnyRedis.isAvailable()) {
			return ConditionEvaluationResult.enabled("There is a Redis");
		}
		if (Boolean.parseBoolean(System.getenv("PRESENCE_REQUIRE_REDIS"))) {
			throw new IllegalStateException("No Redis, and PRESENCE_REQUIRE_REDIS is true: " + HELP);
		}
		return ConditionEvaluationResult.disabled("No Redis: " + HELP);
	}

	@Override
	public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
		Class<?> type = parameter.getParameter().getType();
		return type == RedisURI.class || type == RedisServer.class || type == RedisClusterServers.class
				|| type == RedisSentinelServers.class;
	}

	@Override
	public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
		Class<?> type = parameter.getParameter().getType();
		Store store = store(context);
		if (type == RedisClusterServers.class) {
			return store.computeIfAbsent(type, (key) -> RedisClusterServers.start(3), RedisClusterServers.class);
		}
		if (type == RedisSentinelServers.class) {
			return context.getStore(NAMESPACE)
				.computeIfAbsent(type, (key) -> RedisSentinelServers.start(), RedisSentinelServers.class);
		}
		if (type == RedisServer.class) {
			return store.computeIfAbsent(type, (key) -> RedisServer.launch(), RedisServer.class);
		}
		return store.computeIfAbsent(AnyRedis.class, (key) -> AnyRedis.start(), AnyRedis.class).uri();
	}

	@Override
	public void beforeEach(ExtensionContext context) {
		Store store = store(context);
		for (Class<?> type : new Class<?>[] { AnyRedis.class, RedisServer.class, RedisClusterServers.class }) {
			if (store.get(type) instanceof Resettable server) {
				server.reset();
			}
		}
	}

	private static Store store(ExtensionContext context) {
		ExtensionContext shared = context;
		while (shared.getParent().filter((parent) -> parent.getTestClass().isPresent()).isPresent()) {
			shared = shared.getParent().get();
		}
		return shared.getStore(NAMESPACE);
	}

}
