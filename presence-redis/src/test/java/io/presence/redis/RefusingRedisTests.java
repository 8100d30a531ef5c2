package io.presence.redis;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.RedisBusyException;
import io.lettuce.core.RedisException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.protocol.CommandType;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.store.PresenceStore;
import io.presence.store.StoreHealth;
import io.presence.store.StoreProbe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A real server that answers errors: instances go on with what they know, say once what
 * to do, count, and are right again when it is over. Nobody is seen to leave.
 */
@ExtendWith(RedisServerExtension.class)
class RefusingRedisTests {

	private static final String DATA = "{\"n\":1}";

	private static final Map<String, String> EVERYBODY = Map.of("ada", DATA, "bob", DATA, "cem", DATA);

	private final RecordedLog log = new RecordedLog();

	private final RedisServer redis;

	private TestStores stores;

	private StoreProbe here;

	private StoreProbe there;

	RefusingRedisTests(RedisServer redis) {
		this.redis = redis;
	}

	@BeforeEach
	void start() {
		start(this.redis);
	}

	private void start(RedisServer server) {
		this.stores = TestStores.on(server.uri());
		this.here = this.stores.start();
		this.there = this.stores.start();
		this.here.store().watch("room");
		this.there.store().watch("room");
		this.here.hold("room", "ada", DATA);
		this.there.hold("room", "bob", DATA);
		soon().untilAsserted(() -> {
			assertThat(this.here.roster("room")).isEqualTo(Map.of("ada", DATA, "bob", DATA));
			assertThat(this.there.roster("room")).isEqualTo(Map.of("ada", DATA, "bob", DATA));
		});
	}

	@AfterEach
	void close() {
		this.stores.close();
		this.log.close();
	}

	@ParameterizedTest
	@EnumSource
	void isSurvivedAndHealedAndSaidOnce(Refusal refusal) {
		this.redis.execute(refusal::begin);
		try {
			this.here.hold("room", "cem", DATA);
			isSurvivedAs(refusal.problem);
		}
		finally {
			this.redis.execute(refusal::end);
		}
		isHealed(refusal.problem);
		if (refusal != Refusal.NOPERM_FOR_CHANNELS) {
			assertThat(count(this.here, Problem.DEAF) + count(this.there, Problem.DEAF)).as("refused is not deaf")
				.isZero();
		}
	}

	@Test
	void aServerThatIsBusyWithAScriptOfSomebodyElse() {
		this.redis.execute((redis) -> redis.configSet("busy-reply-threshold", "50"));
		CompletableFuture<Void> busy = CompletableFuture.runAsync(() -> this.redis
			.execute((redis) -> redis.eval("while true do redis.call('TIME') end", ScriptOutputType.STATUS)));
		soon().until(this::isBusy);
		try {
			this.here.hold("room", "cem", DATA);
			isSurvivedAs(Problem.BUSY);
		}
		finally {
			soon().ignoreExceptionsInstanceOf(RedisException.class)
				.until(() -> this.redis.execute(RedisCommands::scriptKill), "OK"::equals);
		}
		assertThat(busy).failsWithin(Duration.ofSeconds(20));
		isHealed(Problem.BUSY);
	}

	@Test
	void aServerThatIsLoadingItsDump() {
		this.stores.close();
		try (RedisServer slow = RedisServer.launch("--key-load-delay", "5000",
				"--loading-process-events-interval-bytes", "1024")) {
			start(slow);
			slow.execute((redis) -> {
				for (int i = 0; i < 400; i++) {
					redis.set("filler:" + i, "x".repeat(1100) + i);
				}
				return redis.configSet("rdbcompression", "no");
			});
			slow.save();
			slow.stop();
			CompletableFuture<Void> loading = CompletableFuture.runAsync(slow::start);
			this.here.hold("room", "cem", DATA);
			soon().until(() -> count(this.here, Problem.LOADING) > 0);
			assertThat(loading).succeedsWithin(Duration.ofSeconds(30));
			isHealed(Problem.LOADING);
		}
	}

	private boolean isBusy() {
		try {
			this.redis.execute(RedisCommands::dbsize);
			return false;
		}
		catch (RedisBusyException ex) {
			return true;
		}
	}

	private void isSurvivedAs(Problem problem) {
		soon().untilAsserted(() -> assertThat(this.here.settlements()).contains("room/cem HELD"));
		soon().untilAsserted(() -> assertThat(this.here.roster("room")).isEqualTo(EVERYBODY));
		soon().until(() -> count(this.here, problem) > 2);
		soon().untilAsserted(() -> {
			StoreHealth health = this.here.store().health();
			assertThat(health.available()).isFalse();
			assertThat(health.details().get("lastProblem")).isNotNull();
		});
		soon().untilAsserted(() -> assertThat(this.here.store().health().details().get("degradedBecause")).asString()
			.startsWith(problem.text())
			.endsWith(problem.explain("").substring(problem.text().length() + 2)));
		assertThat(this.there.roster("room")).isEqualTo(Map.of("ada", DATA, "bob", DATA));
	}

	private void isHealed(Problem problem) {
		soon().untilAsserted(() -> assertThat(this.there.roster("room")).isEqualTo(EVERYBODY));
		soon().untilAsserted(() -> assertThat(this.here.roster("room")).isEqualTo(EVERYBODY));
		for (PresenceStore store : List.of(this.here.store(), this.there.store())) {
			soon().until(() -> store.health().available() && !store.health().details().containsKey("lastProblem"));
		}
		assertThat(this.here.leaves()).isEmpty();
		assertThat(this.there.leaves()).isEmpty();
		assertThat(this.log.warnings()).filteredOn((warning) -> warning.startsWith(problem.text()))
			.as("one of each instance")
			.hasSizeBetween(1, 2);
		List<String> kinds = this.log.warnings().stream().map((warning) -> warning.split(":")[0]).toList();
		assertThat(kinds).allSatisfy((kind) -> assertThat(kinds).filteredOn(kind::equals).hasSizeLessThan(3));
		assertThat(new HashSet<>(this.log.messages())).contains(problem.text() + ": over");
	}

	private static long count(StoreProbe probe, Problem problem) {
		Map<?, ?> counts = (Map<?, ?>) probe.store().health().details().get("problems");
		return counts.containsKey(problem.code()) ? (Long) counts.get(problem.code()) : 0;
	}

	private static ConditionFactory soon() {
		return await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(20));
	}

	private enum Refusal {

		READONLY(Problem.READ_ONLY) {

			@Override
			String begin(RedisCommands<String, String> redis) {
				return redis.replicaof("127.0.0.1", 1);
			}

			@Override
			String end(RedisCommands<String, String> redis) {
				return redis.replicaofNoOne();
			}

		},

		MASTERDOWN(Problem.READ_ONLY) {

			@Override
			String begin(RedisCommands<String, String> redis) {
				redis.configSet("replica-serve-stale-data", "no");
				return redis.replicaof("127.0.0.1", 1);
			}

			@Override
			String end(RedisCommands<String, String> redis) {
				redis.replicaofNoOne();
				return redis.configSet("replica-serve-stale-data", "yes");
			}

		},

		OOM(Problem.OUT_OF_MEMORY) {

			@Override
			String begin(RedisCommands<String, String> redis) {
				return redis.configSet("maxmemory", "1");
			}

			@Override
			String end(RedisCommands<String, String> redis) {
				return redis.configSet("maxmemory", "0");
			}

		},

		NOREPLICAS(Problem.UNSAFE) {

			@Override
			String begin(RedisCommands<String, String> redis) {
				return redis.configSet("min-replicas-to-write", "1");
			}

			@Override
			String end(RedisCommands<String, String> redis) {
				return redis.configSet("min-replicas-to-write", "0");
			}

		},

		NOPERM(Problem.FORBIDDEN) {

			@Override
			String begin(RedisCommands<String, String> redis) {
				return redis.aclSetuser("default",
						AclSetuserArgs.Builder.removeCommand(CommandType.EVALSHA).removeCommand(CommandType.EVAL));
			}

			@Override
			String end(RedisCommands<String, String> redis) {
				return redis.aclSetuser("default", AclSetuserArgs.Builder.allCommands());
			}

		},

		NOPERM_IN_SCRIPTS(Problem.FORBIDDEN) {

			@Override
			String begin(RedisCommands<String, String> redis) {
				return redis.aclSetuser("default", AclSetuserArgs.Builder.removeCommand(CommandType.HSET));
			}

			@Override
			String end(RedisCommands<String, String> redis) {
				return redis.aclSetuser("default", AclSetuserArgs.Builder.allCommands());
			}

		},

		NOPERM_FOR_CHANNELS(Problem.FORBIDDEN) {

			@Override
			String begin(RedisCommands<String, String> redis) {
				return redis.aclSetuser("default", AclSetuserArgs.Builder.resetChannels());
			}

			@Override
			String end(RedisCommands<String, String> redis) {
				return redis.aclSetuser("default", AclSetuserArgs.Builder.allChannels());
			}

		};

		private final Problem problem;

		Refusal(Problem problem) {
			this.problem = problem;
		}

		abstract String begin(RedisCommands<String, String> redis);

		abstract String end(RedisCommands<String, String> redis);

	}

}
