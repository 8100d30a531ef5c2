package io.presence.redis;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Scripts take what is large in pieces, and what is stored stays small.
 */
class LargeTopicTests extends AbstractScriptTests {

	private static final int MEMBERS = 10_000;

	private static final int BATCH = 200;

	private static final String ALIVE = "Zr8_aQ-51uM";

	@BeforeEach
	void register() {
		this.scripts.lease(ALIVE, true, List.of());
	}

	@Test
	void aMemberTakesAtMost300Bytes() {
		long before = usedMemory();
		join(ID, "room");
		assertThat((usedMemory() - before) / MEMBERS).isBetween(150L, 300L);
	}

	@Test
	void aTopicIsReadInPiecesThatMissNothing() {
		Set<String> keys = join(ID, "room");
		Map<String, String> read = new HashMap<>();
		String cursor = "0";
		int pieces = 0;
		do {
			List<Object> piece = this.scripts.read("room", cursor);
			assertThat(piece.get(1)).isEqualTo("" + MEMBERS);
			assertThat(piece).hasSizeLessThan(4 + 2 * 1200);
			cursor = (String) piece.get(2);
			for (int i = 4; i < piece.size(); i += 2) {
				read.put(((String) piece.get(i)).substring(1), (String) piece.get(i + 1));
			}
			pieces++;
		}
		while (!cursor.equals("0"));
		assertThat(read.keySet()).isEqualTo(keys);
		assertThat(pieces).isGreaterThan(MEMBERS / 1200);
	}

	@Test
	void aTopicIsReapedInPiecesAndKeepsWhatOthersHold() {
		Set<String> gone = join(ID, "room");
		Set<String> kept = join(ALIVE, "room");
		assertThat(this.scripts.end(ID, 0)).containsExactly("ok", 0L);
		assertThat(this.scripts.reap(ID, List.of(), "0")).containsExactly("topics", "0", "room");
		Set<String> left = new HashSet<>();
		List<Object> piece = List.of("more", "0");
		int pieces = 0;
		while (piece.get(0).equals("more")) {
			piece = this.scripts.reap(ID, List.of("room"), (String) piece.get(1));
			assertThat(piece).hasSizeLessThan(5 + 2 * 700);
			for (int i = 5; i < piece.size(); i += 2) {
				left.add((String) piece.get(i));
				assertThat((String) piece.get(i + 1)).startsWith(ID + ":");
			}
			pieces++;
		}
		assertThat(piece.get(0)).isEqualTo("gone");
		assertThat(pieces).isGreaterThan(2 * MEMBERS / 700);
		assertThat(left).isEqualTo(gone);
		assertThat(this.scripts.read("room", "0").get(1)).isEqualTo("" + kept.size());
		assertThat(this.redis.exists(HookedRedis.bytes(this.scripts.index(ID)))).isZero();
	}

	@Test
	void theTopicsOfARegistrationAreToldInPieces() {
		Set<String> topics = new HashSet<>();
		for (int batch = 0; batch < 15; batch++) {
			List<String> names = new ArrayList<>();
			List<String> marks = new ArrayList<>();
			for (int i = 0; i < BATCH; i++) {
				names.add("room:" + batch + ":" + i);
				marks.addAll(List.of("" + names.size(), "h", "ada", "1", "{}"));
			}
			topics.addAll(names);
			this.scripts.commit(ID, batch + 1, names, marks);
		}
		Set<String> told = new HashSet<>();
		String cursor = "0";
		int pieces = 0;
		do {
			List<Object> piece = this.scripts.topics(ID, cursor);
			cursor = (String) piece.get(0);
			piece.stream().skip(1).map(String.class::cast).forEach(told::add);
			pieces++;
		}
		while (!cursor.equals("0"));
		assertThat(told).isEqualTo(topics);
		assertThat(pieces).isGreaterThan(1);
	}

	@Test
	void aLeaseAnswerTellsAtMost1000RegistrationsTheNearestFirst() {
		byte[] instances = HookedRedis.bytes(this.scripts.instances());
		for (int i = 0; i < 1100; i++) {
			this.redis.zadd(instances, 1000 + i, HookedRedis.bytes("dead" + i));
		}
		List<Object> reply = this.scripts.lease(ALIVE, false, List.of());
		List<?> told = (List<?>) reply.get(2);
		assertThat(told).hasSize(2000);
		assertThat(told.get(0)).isEqualTo("dead0");
		assertThat(reply.get(3)).isEqualTo(1102L);
	}

	private Set<String> join(String registration, String topic) {
		Set<String> keys = new HashSet<>();
		for (int batch = 1; batch <= MEMBERS / BATCH; batch++) {
			List<String> marks = new ArrayList<>();
			for (int i = 0; i < BATCH; i++) {
				String key = UUID.nameUUIDFromBytes(HookedRedis.bytes(registration + batch + ":" + i)).toString();
				keys.add(key);
				marks.addAll(List.of("1", "h", key, "1795310263138031", data(key)));
			}
			assertThat(this.scripts.commit(registration, batch, List.of(topic), marks).get(0)).isEqualTo("ok");
		}
		return keys;
	}

	private static String data(String key) {
		String head = "{\"id\":\"" + key + "\",\"name\":\"";
		return head + "n".repeat(98 - head.length()) + "\"}";
	}

	private long usedMemory() {
		String info = this.redis.info("memory");
		return info.lines()
			.filter((line) -> line.startsWith("used_memory:"))
			.mapToLong((line) -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
			.sum();
	}

}
