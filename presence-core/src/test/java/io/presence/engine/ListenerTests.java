package io.presence.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import io.presence.LeaveReason;
import io.presence.PresenceEvent;
import io.presence.PresenceListener;
import io.presence.engine.TestEngine.TestClient;
import io.presence.json.JsonText;
import io.presence.store.SimulatedStore.Faults;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the application hears.
 */
class ListenerTests {

	@Test
	void eventsComeInOrderWithOrigin() {
		TestEngine shared = TestEngine.shared(Faults.NONE, 0, (builder) -> builder);
		TestClient ada = shared.open(Map.of("id", 1, "name", "a")).join("room");
		shared.engine.update(ada.connection(), Map.of("id", 1, "name", "b"));
		shared.store.remoteHold("other", "room", "2", JsonText.ofCanonical("{\"id\":2}"), shared.store.stamp());
		shared.store.remoteRelease("other", "room", "2", LeaveReason.TIMEOUT);
		ada.leave("room");
		assertThat(shared.events)
			.map((event) -> event.getClass().getSimpleName() + " " + event.key() + " " + event.origin())
			.containsExactly("Joined 1 true", "Updated 1 true", "Joined 2 false", "Left 2 false", "Left 1 true");
		assertThat(shared.events.get(3)).isInstanceOfSatisfying(PresenceEvent.Left.class,
				(left) -> assertThat(left.reason()).isEqualTo(LeaveReason.TIMEOUT));
		assertThat(((PresenceEvent.Left) shared.events.get(4)).member().data()).containsEntry("name", "b");
	}

	@Test
	void whoWasThereWhenWatchingBeganIsNotAnnounced() {
		TestEngine shared = TestEngine.shared(Faults.NONE, 0, (builder) -> builder);
		shared.store.remoteHold("other", "room", "1", JsonText.EMPTY_OBJECT, shared.store.stamp());
		shared.open(null).observe("room");
		assertThat(shared.events).isEmpty();
	}

	@Test
	void aJoinThatBeganTheWatchIsAnnouncedWithOrigin() {
		TestEngine late = TestEngine.shared(new Faults(40, 0, 0, 0), 0, (builder) -> builder);
		for (int i = 0; i < 50; i++) {
			late.events.clear();
			TestClient ada = late.open(Map.of("id", 1)).join("room");
			late.pass(1_000);
			ada.session.closed();
			late.pass(10_000);
			assertThat(late.events).map((event) -> event.getClass().getSimpleName() + " " + event.origin())
				.containsExactly("Joined true", "Left true");
		}
	}

	@Test
	void aListenerThatThrowsHarmsNobody() {
		List<PresenceEvent> heard = new ArrayList<>();
		PresenceListener broken = (event) -> {
			throw new IllegalStateException("broken");
		};
		TestEngine engine = TestEngine.alone((builder) -> builder.listeners(List.of(broken, heard::add)));
		TestClient ada = engine.open(Map.of("id", 1)).join("room");
		ada.leave("room");
		assertThat(heard).hasSize(2);
		assertThat(engine.counted("listener failed")).isEqualTo(2);
		assertThat(ada.frames()).last().asString().contains("unsubscribed");
	}

	@Test
	void aListenerThatThrowsAnErrorHearsOfTheNextEvent() {
		List<PresenceEvent> heard = new ArrayList<>();
		PresenceListener broken = (event) -> {
			heard.add(event);
			throw new Error("not implemented");
		};
		TestEngine engine = TestEngine.alone((builder) -> builder.listeners(List.of(broken)));
		engine.open(Map.of("id", 1)).join("room").leave("room");
		assertThat(heard).hasSize(2);
		assertThat(engine.counted("listener failed")).isEqualTo(2);
	}

	@Test
	void aListenerThatHangsCostsABoundedQueue() {
		List<Runnable> hanging = new ArrayList<>();
		TestEngine engine = TestEngine.alone((builder) -> builder.listenerExecutor(hanging::add));
		TestClient ada = engine.open(Map.of("id", 1));
		for (int i = 0; i < Listeners.MAX_WAITING; i++) {
			engine.engine.join(ada.connection(), "room");
			engine.engine.leave(ada.connection(), "room");
			engine.time.runReady();
		}
		assertThat(engine.counted("event dropped")).isEqualTo(Listeners.MAX_WAITING);
		assertThat(hanging).hasSize(1);
		hanging.remove(0).run();
		assertThat(engine.events).hasSize(Listeners.MAX_WAITING);
	}

}
