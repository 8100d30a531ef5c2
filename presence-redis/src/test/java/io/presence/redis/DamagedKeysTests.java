package io.presence.redis;

import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is unreadable under our keys harms nothing else and is put right.
 */
class DamagedKeysTests extends AbstractScriptTests {

	@BeforeEach
	void join() {
		joinAdaAndBob();
	}

	@Test
	void anUnreadableMemberIsReapedButNobodyIsToldToHaveLeft() {
		this.redis.hset(key("room"), HookedRedis.bytes("mada"), HookedRedis.bytes("garbage"));
		this.scripts.end(ID, 0);
		List<Object> reply = this.scripts.reap(ID, List.of("room"), "0");
		assertThat(reply.get(0)).isEqualTo("gone");
		assertThat(reply.subList(3, reply.size())).containsExactly(1L, "shutdown", "bob", ID + ":1:2:{}");
	}

	@Test
	void anUnreadableMemberIsHeldAgainAndCountedOnce() {
		this.redis.hset(key("room"), HookedRedis.bytes("mada"), HookedRedis.bytes("garbage"));
		assertThat(commit(2, "1", "H", "ada", "1", "{}")).endsWith(List.of(), 1L, List.of(), List.of(), List.of());
		assertThat(this.scripts.read("room", "0")).contains("2", "mada", ID + ":1:2:{}");
	}

	@Test
	void aTopicOfAnotherTypeIsReplacedAndTheOthersOfTheBatchGoOn() {
		this.redis.set(key("room"), HookedRedis.bytes("foreign"));
		assertThat(this.scripts.commit(ID, 2, List.of("room", "hall"),
				List.of("1", "H", "ada", "1", "{}", "2", "h", "ada", "1", "{}")))
			.endsWith(List.of(), 1L, List.of(), List.of(0L, 1L), List.of());
		assertThat(this.scripts.read("room", "0")).contains("mada");
		assertThat(this.scripts.read("hall", "0")).contains("mada");
	}

	@Test
	void aTopicThatIsGoneIsNotToldThoughAnIndexNamesIt() {
		assertThat(this.scripts.topics(ID, "0")).containsExactly("0", "room");
		this.redis.hset(HookedRedis.bytes(this.scripts.index(ID)), HookedRedis.bytes("gone"), HookedRedis.bytes("1"));
		assertThat(this.scripts.topics(ID, "0")).containsExactly("0", "room");
		this.redis.del(key("room"));
		assertThat(this.scripts.topics(ID, "0")).containsExactly("0");
	}

	@Test
	void aRegistrationThatLostItsIndexIsUnknown() {
		this.redis.del(HookedRedis.bytes(this.scripts.index(ID)));
		assertThat(commit(2, "1", "d", "ada", "leave")).containsExactly("unknown");
		assertThat(this.scripts.lease(ID, false, List.of()).get(0)).isEqualTo("unknown");
	}

	private List<Object> commit(int batch, String... marks) {
		return this.scripts.commit(ID, batch, List.of("room"), List.of(marks));
	}

	private byte[] key(String topic) {
		return HookedRedis.bytes(this.scripts.topic(topic));
	}

}
