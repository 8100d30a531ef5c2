package io.presence.redis;

import java.util.List;

import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.protocol.CommandType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * A script that Redis refuses has done nothing at all.
 */
class RefusedScriptTests extends AbstractScriptTests {

	@BeforeEach
	void join() {
		joinAdaAndBob();
	}

	@AfterEach
	void allow() {
		this.redis.configSet("maxmemory", "0");
		this.redis.configSet("min-replicas-to-write", "0");
	}

	@Test
	void aBatchWithoutMemoryDoesNothing() {
		List<Object> before = this.scripts.read("room", "0");
		this.redis.configSet("maxmemory", "1");
		assertRefused("OOM", () -> this.scripts.commit(ID, 2, List.of("room"),
				List.of("1", "d", "ada", "leave", "1", "h", "eve", "1", "{}")));
		assertRefused("OOM", () -> this.scripts.lease(ID, false, List.of("room")));
		this.redis.configSet("maxmemory", "0");
		assertThat(this.scripts.read("room", "0")).isEqualTo(before);
		assertThat(this.scripts.commit(ID, 2, List.of(), List.of()).get(0)).isEqualTo("ok");
	}

	@Test
	void reapingWithoutMemoryDoesNothing() {
		this.scripts.end(ID, 0);
		List<Object> before = this.scripts.read("room", "0");
		this.redis.configSet("maxmemory", "1");
		assertRefused("OOM", () -> this.scripts.reap(ID, List.of("room"), "0"));
		this.redis.configSet("maxmemory", "0");
		assertThat(this.scripts.read("room", "0")).isEqualTo(before);
		assertThat(this.scripts.reap(ID, List.of("room"), "0").get(0)).isEqualTo("gone");
	}

	@Test
	void aTopicIsReadWithoutMemory() {
		this.redis.hdel(HookedRedis.bytes(this.scripts.topic("room")), HookedRedis.bytes("mada"));
		this.redis.configSet("maxmemory", "1");
		assertThat(this.scripts.read("room", "0")).hasSize(6).contains("1", "mbob");
	}

	@Test
	void aBatchWithoutEnoughReplicasDoesNothing() {
		this.redis.configSet("min-replicas-to-write", "1");
		assertRefused("NOREPLICAS",
				() -> this.scripts.commit(ID, 2, List.of("room"), List.of("1", "d", "ada", "leave")));
		assertThat(this.scripts.read("room", "0").get(1)).isEqualTo("2");
	}

	@Test
	void aNoteThatMayNotBeWrittenHindersNobody() {
		this.redis.aclSetuser("default",
				AclSetuserArgs.Builder.removeCommand(CommandType.SET)
					.removeCommand(CommandType.EXISTS)
					.removeCommand(CommandType.UNLINK));
		try {
			List<String> marks = List.of("1", "d", "ada", "leave", "1", "h", "eve", "1", "{}", "1", "y", "fay", "1",
					"{}");
			List<Object> reply = this.scripts.commit(ID, 2, 5000, List.of("room"), marks);
			assertThat(reply.get(0)).isEqualTo("ok");
			assertThat(reply.get(5)).isEqualTo(List.of(0L, 1L, 2L));
			assertThat(this.scripts.read("room", "0")).startsWith(reply.get(1), "3").contains("mbob", "meve", "mfay");
		}
		finally {
			this.redis.aclSetuser("default", AclSetuserArgs.Builder.allCommands());
		}
	}

	private static void assertRefused(String error, Runnable call) {
		assertThatThrownBy(call::run).isInstanceOf(RedisCommandExecutionException.class).hasMessageContaining(error);
	}

}
