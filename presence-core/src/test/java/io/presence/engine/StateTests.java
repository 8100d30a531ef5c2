package io.presence.engine;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import io.presence.JoinOption;
import io.presence.PresenceEvent;
import io.presence.PresenceLimitExceededException;
import io.presence.PresenceNotJoinedException;
import io.presence.engine.TestEngine.TestClient;
import io.presence.json.JsonText;
import io.presence.store.InMemoryPresenceStore;
import io.presence.store.MemberState;
import io.presence.store.PresenceStore;
import io.presence.store.SimulatedStore.Faults;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What connections publish of themselves.
 */
class StateTests {

	private final TestEngine alone = TestEngine.alone();

	private final TestClient observer = this.alone.open(null).observe("room").settled();

	private final TestClient ada = this.alone.open(Map.of("id", 1)).join("room");

	@Test
	void aStateReplacesTheOneBeforeAndNullClearsIt() {
		this.ada.state("room", "{'status':'typing'}");
		this.ada.state("room", "'away'");
		this.alone.pass(200);
		assertThat(this.alone.member("room", "1").state()).isEqualTo("away");
		this.ada.state("room", "null");
		this.alone.pass(200);
		assertThat(this.alone.member("room", "1").state()).isNull();
	}

	@Test
	void aMembersStateIsTheOneThatWasSetLast() {
		TestClient tab = this.alone.open(Map.of("id", 1)).join("room");
		this.ada.state("room", "'first'");
		tab.state("room", "'second'");
		this.alone.pass(200);
		assertThat(this.alone.member("room", "1").state()).isEqualTo("second");
		tab.session.closed();
		this.alone.pass(200);
		assertThat(this.alone.member("room", "1").state()).isEqualTo("first");
		assertThat(this.observer.frames()).isNotEmpty();
		assertThat(this.observer.model.topic("room").shownStates().get("1")).hasToString("\"first\"");
	}

	@Test
	void aStateGoesWithItsConnection() {
		this.alone.open(Map.of("id", 1)).join("room");
		this.ada.state("room", "1");
		this.observer.settled();
		this.ada.leave("room");
		assertThat(this.observer.diff()).contains("\"leaves\":{}",
				"\"states\":{\"" + this.ada.id() + "\":{\"key\":\"1\",\"state\":null");
	}

	@Test
	void aStateClearsItselfAfterItsTimeAndNotBefore() {
		this.ada.send("{'type':'presence-state','topic':'room','state':1,'expireAfter':5000}");
		this.alone.pass(4_999);
		assertThat(this.alone.member("room", "1").state()).isEqualTo(1);
		this.alone.pass(51);
		assertThat(this.alone.member("room", "1").state()).isNull();
	}

	@Test
	void aNewStateReplacesTheTimerToo() {
		this.ada.send("{'type':'presence-state','topic':'room','state':1,'expireAfter':1000}");
		this.ada.state("room", "2");
		this.alone.pass(10_000);
		assertThat(this.alone.member("room", "1").state()).isEqualTo(2);
		this.ada.send("{'type':'presence-state','topic':'room','state':3,'expireAfter':1000}");
		this.alone.pass(900);
		this.ada.send("{'type':'presence-state','topic':'room','state':4,'expireAfter':1000}");
		this.alone.pass(900);
		assertThat(this.alone.member("room", "1").state()).isEqualTo(4);
		this.alone.pass(200);
		assertThat(this.alone.member("room", "1").state()).isNull();
	}

	@Test
	void aStateThatComesWithANewKeyEndsTheTimerOfTheOneBefore() {
		this.ada.settled();
		int timers = this.alone.time.waiting();
		this.ada.send("{'type':'presence-state','topic':'room','state':1,'expireAfter':60000}").settled();
		assertThat(this.alone.time.waiting()).isEqualTo(timers + 1);
		Subscription subscription = this.ada.session.handle().retain("room");
		JoinRequest.Answer answer = JoinRequest.Answer.of((key) -> assertThat(key).isEqualTo("2"), (reason) -> {
			throw reason;
		});
		subscription.topic.join(subscription, "2", JsonText.ofCanonical("{\"id\":2}"), 1, new JoinRequest(
				JoinRequest.Kind.JOIN, "room", JsonText.ofCanonical("2"), null, true, false, null, answer));
		this.ada.settled();
		assertThat(this.alone.member("room", "2").state()).isEqualTo(2);
		assertThat(this.alone.time.waiting()).isEqualTo(timers);
	}

	@Test
	void aStateThatCameWithTheJoinExpiresAsWell() {
		TestClient bob = this.alone.open(Map.of("id", 2));
		this.alone.engine.join(bob.connection(), "room", JoinOption.state("here", Duration.ofSeconds(1)));
		this.alone.pass(900);
		assertThat(this.alone.member("room", "2").state()).isEqualTo("here");
		this.alone.pass(200);
		assertThat(this.alone.member("room", "2").state()).isNull();
	}

	@Test
	void aMovingCursorIsConflatedToTheLatestOnceInAnInterval() {
		this.observer.settled();
		for (int position = 0; position < 1_000; position++) {
			this.alone.engine.setState(this.ada.connection(), "room", position, null);
			this.alone.pass(1);
		}
		this.alone.pass(100);
		List<String> diffs = this.observer.diffs();
		assertThat(diffs).hasSizeBetween(10, 22).last().asString().contains("\"state\":999");
	}

	@Test
	void aMovingCursorReachesTheStoreOnceInAnInterval() {
		PresenceStore store = new InMemoryPresenceStore(Runnable::run, 0);
		AtomicInteger marks = new AtomicInteger();
		PresenceStore counting = (PresenceStore) Proxy.newProxyInstance(PresenceStore.class.getClassLoader(),
				new Class<?>[] { PresenceStore.class }, (proxy, method, arguments) -> {
					if (method.getName().equals("mark")) {
						marks.incrementAndGet();
					}
					return method.invoke(store, arguments);
				});
		TestEngine engine = TestEngine.alone((builder) -> builder.store(counting));
		TestClient cursor = engine.open(Map.of("id", 1)).join("room").settled();
		marks.set(0);
		for (int i = 1; i <= 100; i++) {
			cursor.state("room", "" + i);
			engine.pass(5);
		}
		engine.pass(50);
		assertThat(marks).hasValueBetween(10, 12);
		assertThat(engine.member("room", "1").state()).isEqualTo(100);
	}

	@Test
	void aCursorThatMovesOnAnotherInstanceIsConflatedToo() {
		TestEngine shared = TestEngine.shared(Faults.NONE, 0, (builder) -> builder);
		TestClient watcher = shared.open(null).observe("room").settled();
		shared.store.remoteHold("other", "room", "1", JsonText.EMPTY_OBJECT, shared.store.stamp());
		watcher.settled();
		for (int position = 0; position < 1_000; position++) {
			shared.store.remoteState("other", "room", "there",
					new MemberState("1", JsonText.ofCanonical(String.valueOf(position)), shared.store.stamp()));
			shared.pass(1);
		}
		shared.pass(100);
		assertThat(watcher.diffs()).hasSizeBetween(10, 22).last().asString().contains("\"state\":999");
	}

	@Test
	void aStateIsMeasuredInUtf8BytesAndWhatIsTooLargeLeavesThePreviousOne() {
		String fits = "é".repeat(511);
		String tooLarge = "é".repeat(512);
		this.ada.state("room", "'" + fits + "'");
		this.alone.pass(200);
		this.ada.frames();
		this.ada.send("{'type':'presence-state','topic':'room','state':'" + tooLarge + "','ref':4}");
		this.alone.pass(200);
		assertThat(this.ada.link.take()).singleElement().asString().contains("state-too-large", "\"ref\":4");
		assertThat(this.alone.failure(this.alone.engine.setState(this.ada.connection(), "room", tooLarge, null)))
			.isInstanceOfSatisfying(PresenceLimitExceededException.class,
					(ex) -> assertThat(ex.property()).isEqualTo("presence.limits.max-state-bytes"));
		this.alone.pass(200);
		assertThat(this.alone.member("room", "1").state()).isEqualTo(fits);
	}

	@Test
	void onlyWhoHasJoinedPublishes() {
		TestClient stranger = this.alone.open(Map.of("id", 3)).observe("room").settled();
		stranger.send("{'type':'presence-state','topic':'room','state':1,'ref':9}");
		assertThat(stranger.link.take()).singleElement().asString().contains("not-joined", "\"ref\":9");
		assertThat(this.alone.failure(this.alone.engine.setState(stranger.connection(), "room", 1, null)))
			.isInstanceOf(PresenceNotJoinedException.class);
		this.alone.outcome(this.alone.engine.clearState(stranger.connection(), "room"));
	}

	@Test
	void aStateSurvivesAnUpdateThatChangesTheKey() {
		this.ada.state("room", "'kept'");
		this.alone.pass(200);
		this.alone.engine.update(this.ada.connection(), Map.of("id", 7));
		this.alone.pass(200);
		assertThat(this.alone.keys("room")).containsExactly("7");
		assertThat(this.alone.member("room", "7").state()).isEqualTo("kept");
	}

	@Test
	void listenersHearOfStatesButNotOfThoseThatGoWithTheirMember() {
		this.ada.state("room", "1");
		this.alone.pass(200);
		this.ada.leave("room");
		this.alone.pass(200);
		assertThat(this.alone.events).hasExactlyElementsOfTypes(PresenceEvent.Joined.class,
				PresenceEvent.StateChanged.class, PresenceEvent.Left.class);
	}

}
