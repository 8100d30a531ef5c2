package io.presence.engine;

import java.security.Principal;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.Test;

import io.presence.KickMode;
import io.presence.LeaveReason;
import io.presence.PresenceAuthorizer;
import io.presence.PresenceEvent;
import io.presence.PresenceRequest;
import io.presence.concurrent.VirtualScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

class RevalidationTests {

	private static final Principal ANN = () -> "ann";

	private final Set<String> denied = new HashSet<>();

	private final VirtualScheduler time = new VirtualScheduler();

	private final CompletableFuture<PresenceEvent.Left> left = new CompletableFuture<>();

	private PresenceAuthorizer more = (request) -> true;

	private final PresenceEngine engine = PresenceEngine.builder()
		.scheduler(this.time)
		.executor(this.time)
		.listenerExecutor(this.time)
		.listeners(List.of((event) -> {
			if (event instanceof PresenceEvent.Left gone) {
				this.left.complete(gone);
			}
		}))
		.authorizer(this::isAllowed)
		.build();

	private final RecordingTransport frames = new RecordingTransport();

	private final ClientSession session = this.engine.open(this.frames,
			new ConnectionDetails(Map.of("id", "ann"), ANN, null));

	@Test
	void endsAMembershipThatIsNoLongerAllowed() {
		receive("{'type':'subscribe','topic':'room'}");
		receive("{'type':'subscribe','topic':'hall'}");
		this.denied.add("JOIN room");
		assertThat(revalidate("ann")).isOne();
		assertThat(this.frames.take())
			.contains("{\"type\":\"unsubscribed\",\"topic\":\"room\",\"reason\":\"unauthorized\"}")
			.noneMatch((frame) -> frame.contains("hall"));
		assertThat(this.engine.count("room")).isZero();
		assertThat(this.engine.count("hall")).isOne();
		assertThat(this.left.join().reason()).isEqualTo(LeaveReason.KICKED);
		assertThat(this.frames.closeCode()).isNull();
	}

	@Test
	void endsAnObservationOfWhoIsInNoTopic() {
		receive("{'type':'subscribe','topic':'__presence:room'}");
		this.denied.add("OBSERVE room");
		assertThat(revalidate("ann")).isOne();
		assertThat(this.frames.take())
			.containsExactly("{\"type\":\"unsubscribed\",\"topic\":\"__presence:room\",\"reason\":\"unauthorized\"}");
		this.engine.open(new RecordingTransport(), ConnectionDetails.ofUser(Map.of("id", "bob")))
			.receive(json("{'type':'subscribe','topic':'room'}"));
		this.time.advance(Duration.ofSeconds(1));
		assertThat(this.frames.take()).isEmpty();
	}

	@Test
	void keepsTheGroundThatIsStillAllowed() {
		receive("{'type':'subscribe','topic':'room'}");
		receive("{'type':'subscribe','topic':'__presence:room'}");
		this.denied.add("OBSERVE room");
		revalidate("ann");
		this.frames.take();
		this.engine.open(new RecordingTransport(), ConnectionDetails.ofUser(Map.of("id", "bob")))
			.receive(json("{'type':'subscribe','topic':'room'}"));
		this.time.advance(Duration.ofSeconds(1));
		assertThat(this.frames.take()).singleElement().asString().contains("\"joins\":{\"bob\"");
	}

	@Test
	void clearsAStateThatMayNoLongerBePublished() {
		receive("{'type':'subscribe','topic':'room','state':{'typing':true}}");
		this.denied.add("STATE room");
		assertThat(revalidate("ann")).isOne();
		assertThat(this.engine.list("room")).singleElement().satisfies((member) -> {
			assertThat(member.key()).isEqualTo("ann");
			assertThat(member.state()).isNull();
		});
	}

	@Test
	@SuppressWarnings("NullAway")
	void nobodyInParticularCannotBeKickedOrAskedAgain() {
		receive("{'type':'subscribe','topic':'room'}");
		assertThatNullPointerException().isThrownBy(() -> this.engine.revalidate((String) null))
			.withMessageContaining("key");
		assertThatNullPointerException().isThrownBy(() -> this.engine.kick(null, "room", KickMode.LEAVE))
			.withMessageContaining("key");
		assertThatNullPointerException().isThrownBy(() -> this.engine.kick("ann", "room", null))
			.withMessageContaining("mode");
		assertThat(this.engine.count("room")).isOne();
	}

	@Test
	void aStateIsPublishedOnlyByWhoMay() {
		this.denied.add("STATE room");
		receive("{'type':'subscribe','topic':'room','state':1}");
		assertThat(this.frames.take()).last().asString().contains("subscribe-denied", "unauthorized");
		assertThat(this.engine.count("room")).isZero();
		receive("{'type':'subscribe','topic':'room'}");
		this.frames.take();
		receive("{'type':'presence-state','topic':'room','state':1}");
		assertThat(this.frames.take()).singleElement().asString().contains("\"error\"", "\"unauthorized\"");
		assertThat(this.engine.list("room")).singleElement().satisfies((member) -> assertThat(member.state()).isNull());
	}

	@Test
	void leavesOthersAlone() {
		receive("{'type':'subscribe','topic':'room'}");
		this.denied.add("JOIN room");
		assertThat(revalidate("bob")).isZero();
		assertThat(this.engine.count("room")).isOne();
	}

	@Test
	void isNotOvertakenBySubscribingMeanwhile() {
		this.more = (request) -> {
			this.more = (later) -> true;
			this.denied.add("JOIN room");
			this.session.loggedOut();
			return true;
		};
		receive("{'type':'subscribe','topic':'room'}");
		assertThat(this.engine.count("room")).isZero();
		assertThat(this.frames.take()).last().asString().contains("\"unsubscribed\"", "\"unauthorized\"");
	}

	@Test
	void whoLoggedOutIsAnonymousWhereThatIsAllowed() {
		receive("{'type':'subscribe','topic':'room'}");
		receive("{'type':'subscribe','topic':'open:hall'}");
		this.more = (request) -> request.principal() != null || request.topic().startsWith("open:");
		this.session.loggedOut();
		this.time.advance(Duration.ofSeconds(1));
		assertThat(this.engine.count("room")).isZero();
		assertThat(this.engine.list("open:hall")).singleElement().satisfies((member) -> {
			assertThat(member.key()).startsWith("~");
			assertThat(member.data()).isEmpty();
		});
		assertThat(this.session.connection().user()).isNull();
		assertThat(this.session.connection().principal()).isNull();
		receive("{'type':'subscribe','topic':'room'}");
		assertThat(this.frames.take()).last().asString().contains("subscribe-denied", "unauthorized");
	}

	@Test
	void theEndOfASessionWithoutLoginChangesNothing() {
		RecordingTransport guest = new RecordingTransport();
		ClientSession anonymous = this.engine.open(guest, ConnectionDetails.ofUser(Map.of("id", "guest")));
		anonymous.receive(json("{'type':'subscribe','topic':'room'}"));
		this.time.advance(Duration.ofSeconds(1));
		anonymous.loggedOut();
		this.time.advance(Duration.ofSeconds(1));
		assertThat(this.engine.isPresent("room", "guest")).isTrue();
	}

	@Test
	void nothingIsKeptOfATopicThatEndsWhileItIsAskedWhetherAStateMayBePublished() {
		receive("{'type':'subscribe','topic':'room'}");
		this.more = (request) -> {
			this.engine.leave(this.session.connection());
			return false;
		};
		receive("{'type':'presence-state','topic':'room','state':1}");
		this.time.advance(Duration.ofSeconds(30));
		assertThat(this.engine.statistics().topics()).isZero();
		assertThat(this.session.handle().subscriptions()).isEmpty();
	}

	@Test
	void nothingIsKeptOfATopicThatEndsWhileItIsAskedWhetherItMayBeSeen() {
		receive("{'type':'subscribe','topic':'room'}");
		this.more = (request) -> {
			this.engine.leave(this.session.connection());
			return false;
		};
		receive("{'type':'presence-snapshot','topic':'room'}");
		this.time.advance(Duration.ofSeconds(30));
		assertThat(this.engine.statistics().topics()).isZero();
		assertThat(this.session.handle().subscriptions()).isEmpty();
	}

	private boolean isAllowed(PresenceRequest request) {
		return !this.denied.contains(request.action() + " " + request.topic()) && this.more.isAllowed(request);
	}

	private int revalidate(String key) {
		this.frames.take();
		CompletableFuture<Integer> gone = this.engine.revalidate(key).toCompletableFuture();
		this.time.advance(Duration.ofSeconds(1));
		return gone.join();
	}

	private void receive(String frame) {
		this.session.receive(json(frame));
		this.time.advance(Duration.ofSeconds(1));
	}

	private static String json(String frame) {
		return frame.replace('\'', '"');
	}

}
