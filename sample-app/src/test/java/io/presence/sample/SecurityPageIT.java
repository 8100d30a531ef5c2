package io.presence.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.sample.support.AppProcess;
import io.presence.sample.support.PresenceSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the security page recommends works.
 */
@ExtendWith(RedisServerExtension.class)
class SecurityPageIT {

	private static final Pattern ACL = Pattern.compile("^ACL (SETUSER .*)$", Pattern.MULTILINE);

	@Test
	void theRedisUserOfTheSecurityPageMayDoAllThatIsNeeded(RedisServer redis) throws IOException {
		Matcher acl = ACL.matcher(Files.readString(Path.of("../docs/security.md")));
		assertThat(acl.find()).isTrue();
		CommandArgs<String, String> arguments = new CommandArgs<>(StringCodec.UTF8);
		List.of(acl.group(1).split(" ")).forEach(arguments::add);
		redis
			.execute((commands) -> commands.dispatch(CommandType.ACL, new StatusOutput<>(StringCodec.UTF8), arguments));
		String[] options = { "--presence.store=redis", "--spring.data.redis.port=" + redis.port(),
				"--spring.data.redis.username=presence", "--spring.data.redis.password=secret",
				"--presence.redis.lease=3s", "--presence.redis.lease-renewal=1s", "--presence.ttl=9s" };
		try (AppProcess one = AppProcess.start(options); AppProcess two = AppProcess.start(options)) {
			PresenceSocket ada = PresenceSocket.join(one.port(), "room:1", "ada");
			PresenceSocket ben = PresenceSocket.join(two.port(), "room:1", "ben");
			until(() -> assertThat(ada.keys()).containsExactly("ada", "ben"));
			PresenceSocket carl = PresenceSocket.join(two.port(), "room:1", "carl");
			carl.close();
			until(() -> assertThat(ada.edges()).contains("leave carl disconnect"));
			assertThat(one.get("/api/rooms/room:2", Duration.ofSeconds(5)).statusCode()).isEqualTo(200);
			assertThat(one.get("/actuator/presence", Duration.ofSeconds(5)).body()).contains("room:1");
			two.kill();
			until(() -> assertThat(ada.edges()).contains("leave ben timeout"));
			ben.abort();
			assertThat(one.log()).doesNotContain("NOPERM");
		}
	}

	private static void until(Runnable assertion) {
		Awaitility.await().atMost(Duration.ofSeconds(40)).untilAsserted(assertion::run);
	}

}
