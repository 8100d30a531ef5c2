package io.presence.redis;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.lettuce.core.cluster.SlotHash;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import io.presence.concurrent.VirtualScheduler;
import io.presence.redis.HookedRedis.Published;
import io.presence.redis.HookedRedis.State;
import io.presence.redis.model.RedisValue;
import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.store.PresenceStore;
import io.presence.store.StoreProbe;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@code docs/storage.md} tells what a real Redis holds, replies and publishes.
 */
@ExtendWith(RedisServerExtension.class)
class StorageDocumentTests {

	private static final long START = 4_102_444_800_000_000L;

	private static final String BUCKET = "presence:{18}";

	private static final String INSTANCES = BUCKET + ":instances";

	private static final String ONE = "kWvJ2c0eTnY";

	private static final String TWO = "Zr8_aQ-51uM";

	private static final String GRACE = "60000";

	private static final String TOPIC = BUCKET + ":t:room:42";

	private final StringBuilder transcript = new StringBuilder();

	private long millis;

	@Test
	void showsWhatARealServerHoldsRepliesAndPublishes() throws IOException {
		// small hashes keep the order of their fields
		try (RedisServer server = RedisServer.launch("--hash-max-ziplist-value", "1024");
				HookedRedis redis = new HookedRedis(server.uri())) {
			redis.clock(START);
			lease(redis, ONE, "1");
			step(redis, 250);
			lease(redis, TWO, "1");
			step(redis, 250);
			commit(redis, ONE, "1", "1", "h", "ada", "4102444800498000", "{\"id\":\"ada\",\"name\":\"Ada\"}", "1", "s",
					"c7", "ada", "4102444800499000", "{\"status\":\"typing\"}");
			step(redis, 250);
			commit(redis, TWO, "1", "1", "h", "ada", "4102444800740000", "{\"id\":\"ada\",\"name\":\"Ada\"}", "1", "h",
					"bob", "4102444800741000", "{\"id\":\"bob\"}");
			holds(redis);
			run(redis, Script.READ, List.of(BUCKET, TOPIC), "0", "1000");
			run(redis, Script.TOPICS, List.of(index(ONE)), "0", "1000");
			step(redis, 2250);
			lease(redis, TWO, "0", TOPIC);
			commit(redis, TWO, "2", "1", "d", "bob", "disconnect");
			run(redis, Script.END, List.of(BUCKET, INSTANCES, index(ONE)), ONE, "0", "shutdown", "90000");
			run(redis, Script.REAP, List.of(BUCKET, INSTANCES, index(ONE)), ONE, "0", "500", "90000", "0", TWO, "0");
			run(redis, Script.REAP, List.of(BUCKET, INSTANCES, index(ONE), TOPIC), ONE, "0", "500", "90000", "0", TWO,
					"0");
			commit(redis, TWO, "3", "1", "d", "ada", "leave");
			holds(redis);
		}
		assertThat(document()).as("docs/storage.md, whose example should be what follows")
			.contains("```text\n" + this.transcript + "```\n");
	}

	@Test
	void showsHowAMemberIsKicked() throws IOException {
		VirtualScheduler time = new VirtualScheduler();
		UnansweringLink asking = new UnansweringLink();
		UnansweringLink asked = new UnansweringLink();
		StoreProbe one = probe(asking, time, "one", "ask");
		probe(asked, time, "two", "none");
		one.store().kick(new PresenceStore.Kick("ada", List.of("room:42"), PresenceStore.Kick.Action.CLOSE));
		asking.published().forEach((message) -> asked.hearer().message(message.channel(), message.message()));
		assertThat(asking.published()).hasSize(1);
		assertThat(asked.published()).hasSize(1);
		for (Published message : List.of(asking.published().get(0), asked.published().get(0))) {
			assertThat(document()).contains("    " + message.channel() + " " + message.message() + "\n");
		}
	}

	private static StoreProbe probe(UnansweringLink link, VirtualScheduler time, String instance, String request) {
		Iterator<String> ids = Stream
			.of(Stream.of(instance), IntStream.range(0, Keys.BUCKETS).mapToObj((i) -> "r" + i), Stream.of(request))
			.flatMap((some) -> some)
			.iterator();
		return new StoreProbe(new RedisPresenceStore(RedisStoreSettings.DEFAULTS, 0, (problems) -> link, time, time,
				new StoreContext.Chance(ids::next, () -> 0L)));
	}

	@Test
	void namesTheTagsOfTheBucketsWhichLieEvenlyOverTheSlots() throws IOException {
		List<String> tags = document().lines()
			.filter((line) -> line.matches(" {4}[0-9]+( [0-9]+){15}"))
			.flatMap((line) -> Arrays.stream(line.strip().split(" ")))
			.toList();
		assertThat(tags).hasSize(16).startsWith("18");
		for (int bucket = 0; bucket < tags.size(); bucket++) {
			assertThat(SlotHash.getSlot("presence:{" + tags.get(bucket) + "}:t:room") / 1024).isEqualTo(bucket);
		}
	}

	@Test
	void namesEveryScript() throws IOException {
		String document = document();
		assertThat(Script.values()).allSatisfy((script) -> assertThat(document).contains("| `" + name(script) + "` |"));
	}

	@Test
	void everyScriptNamesItsKeysArgumentsReplyAndMessages() {
		assertThat(Script.values()).allSatisfy((script) -> {
			String header = script.text().substring(script.text().lastIndexOf("\nend\n-- ") + 5);
			assertThat(header).startsWith("-- ").contains("-- KEYS 1", "-- ARGV 1", "-- Reply ").contains("ublishes ");
		});
	}

	private void lease(HookedRedis redis, String registration, String register, String... topics) {
		List<String> keys = Stream.concat(Stream.of(BUCKET, INSTANCES, index(registration)), Stream.of(topics))
			.toList();
		run(redis, Script.LEASE, keys, registration, "10000", "10000", "90000", "0", register);
	}

	private void commit(HookedRedis redis, String registration, String batch, String... marks) {
		List<String> arguments = new ArrayList<>(List.of(registration, batch, "90000", "0", "0", GRACE));
		arguments.addAll(List.of(marks));
		run(redis, Script.COMMIT, List.of(BUCKET, INSTANCES, index(registration), TOPIC),
				arguments.toArray(String[]::new));
	}

	private void run(HookedRedis redis, Script script, List<String> keys, String... arguments) {
		this.transcript.append(name(script)).append(' ').append(String.join(" ", keys)).append('\n');
		this.transcript.append("    ").append(String.join(" ", arguments)).append('\n');
		this.transcript.append("  reply ").append(text(redis.run(script, keys, List.of(arguments)))).append('\n');
		redis.state()
			.published()
			.forEach((message) -> this.transcript.append("  on ")
				.append(message.channel())
				.append(' ')
				.append(message.message())
				.append('\n'));
	}

	private static String text(List<?> reply) {
		return String.join(" ",
				reply.stream()
					.map((item) -> (item instanceof List<?> list) ? "[" + text(list) + "]" : "" + item)
					.toList());
	}

	private void holds(HookedRedis redis) {
		State state = redis.state();
		this.transcript.append("now Redis holds\n");
		state.keys().forEach((key, value) -> {
			long left = value.expiresAt() - START / 1000 - this.millis;
			this.transcript.append("  %s, a %s for %d ms%n".formatted(key, value.type(), left));
			sorted(value).forEach((name, content) -> this.transcript.append("    %-20s %s%n".formatted(name, content)));
		});
	}

	private static Map<String, String> sorted(RedisValue value) {
		return new TreeMap<>(value.content());
	}

	private void step(HookedRedis redis, long millis) {
		this.millis += millis;
		redis.clock(START + this.millis * 1000);
		this.transcript.append("after %d ms%n".formatted(millis));
	}

	private static String index(String registration) {
		return BUCKET + ":i:" + registration;
	}

	private static String name(Script script) {
		return script.name().toLowerCase(Locale.ROOT);
	}

	private static String document() throws IOException {
		return Files.readString(Path.of("..", "docs", "storage.md"), StandardCharsets.UTF_8);
	}

}
