package io.presence.engine;

import java.time.Duration;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import io.presence.PresenceLimitExceededException;
import io.presence.concurrent.VirtualScheduler;
import io.presence.engine.PresenceSettings.Limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class QuotaTests {

	private final VirtualScheduler time = new VirtualScheduler();

	private final PresenceEngine engine = PresenceEngine.builder()
		.scheduler(this.time)
		.executor(this.time)
		.listenerExecutor(this.time)
		.settings(PresenceSettings.defaults()
			.withSubscribeTimeout(Duration.ofMinutes(1))
			.withLimits(new Limits(100, 100, 3, 2, 2, 256, 1000, 100, 1_000_000, 200)))
		.build();

	@Test
	void anAddressHasOnlySoManyConnections() {
		ClientSession first = open("192.0.2.1", null);
		open("192.0.2.1", null);
		assertThat(this.engine.admits("192.0.2.1")).isFalse();
		assertThatExceptionOfType(PresenceLimitExceededException.class).isThrownBy(() -> open("192.0.2.1", null))
			.withMessageContaining("192.0.2.1")
			.satisfies((ex) -> assertThat(ex.property()).isEqualTo("presence.limits.max-connections-per-address"));
		assertThat(this.engine.admits("192.0.2.2")).isTrue();
		assertThat(this.engine.admits(null)).isTrue();
		first.closed();
		first.closed();
		assertThat(this.engine.admits("192.0.2.1")).isTrue();
		open("192.0.2.1", null);
		assertThat(this.engine.admits("192.0.2.1")).isFalse();
	}

	@Test
	void theAddressesOfAnIpv6NetworkAreCountedTogether() {
		ClientSession first = open("2001:db8:0:1::1", null);
		open("2001:db8:0:1:ffff::2", null);
		assertThat(this.engine.admits("2001:db8:0:1::3")).isFalse();
		assertThatExceptionOfType(PresenceLimitExceededException.class).isThrownBy(() -> open("2001:db8:0:1::3", null))
			.withMessageContaining("2001:db8:0:1:0:0:0:0/64");
		assertThat(this.engine.admits("2001:db8:0:2::1")).isTrue();
		first.closed();
		assertThat(this.engine.admits("2001:db8:0:1::3")).isTrue();
	}

	@Test
	void connectionsOfAnApplicationsOwnHandlerAreNotCounted() {
		ConnectionDetails details = new ConnectionDetails(null, null, "192.0.2.1");
		ClientSession decorated = this.engine.openDecorated(new RecordingTransport(), details);
		open("192.0.2.1", null);
		decorated.closed();
		open("192.0.2.1", null);
		assertThat(this.engine.admits("192.0.2.1")).isFalse();
	}

	@Test
	void aConnectionThatNeverSubscribesIsClosed() {
		RecordingTransport idle = new RecordingTransport();
		RecordingTransport used = new RecordingTransport();
		RecordingTransport decorated = new RecordingTransport();
		ClientSession idler = this.engine.open(idle, ConnectionDetails.ofUser(null));
		ClientSession user = this.engine.open(used, ConnectionDetails.ofUser(null));
		ClientSession own = this.engine.openDecorated(decorated, ConnectionDetails.ofUser(null));
		subscribe(user, "room");
		user.receive("{\"type\":\"unsubscribe\",\"topic\":\"room\"}");
		for (int i = 0; i < 13; i++) {
			this.time.advance(Duration.ofSeconds(5));
			idler.receive("{\"type\":\"ping\"}");
			user.alive();
			own.alive();
		}
		assertThat(idle.closeCode()).isEqualTo(1001);
		assertThat(used.closeCode()).isNull();
		assertThat(decorated.closeCode()).isNull();
		assertThat(this.engine.statistics().connections()).isEqualTo(2);
	}

	@Test
	void aConnectionHasOnlySoManyTopics() {
		RecordingTransport frames = new RecordingTransport();
		ClientSession session = this.engine.open(frames, ConnectionDetails.ofUser(null));
		for (int i = 0; i < 3; i++) {
			subscribe(session, "room" + i);
		}
		frames.take();
		subscribe(session, "__presence:room3");
		assertThat(frames.take())
			.containsExactly("{\"type\":\"subscribe-denied\",\"topic\":\"__presence:room3\",\"reason\":\"limit\"}");
		session.receive("{\"type\":\"unsubscribe\",\"topic\":\"room0\"}");
		this.time.advance(Duration.ofSeconds(1));
		frames.take();
		subscribe(session, "room3");
		assertThat(frames.take()).first().asString().contains("\"subscribed\"");
	}

	@Test
	void aKeyHasOnlySoManyConnections() {
		ClientSession first = open(null, "ann");
		subscribe(first, "room");
		subscribe(open(null, "ann"), "hall");
		RecordingTransport frames = new RecordingTransport();
		ClientSession third = this.engine.open(frames, ConnectionDetails.ofUser(Map.of("id", "ann")));
		subscribe(third, "room");
		assertThat(frames.take()).last().asString().contains("subscribe-denied", "\"limit\"");
		first.closed();
		subscribe(third, "room");
		assertThat(this.engine.isPresent("room", "ann")).isTrue();
	}

	private ClientSession open(@Nullable String address, @Nullable String id) {
		return this.engine.open(new RecordingTransport(),
				new ConnectionDetails((id != null) ? Map.of("id", id) : null, null, address));
	}

	private void subscribe(ClientSession session, String topic) {
		session.receive("{\"type\":\"subscribe\",\"topic\":\"" + topic + "\"}");
		this.time.advance(Duration.ofSeconds(1));
	}

}
