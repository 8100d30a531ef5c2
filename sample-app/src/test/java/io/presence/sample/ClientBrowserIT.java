package io.presence.sample;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

import com.microsoft.playwright.Browser;
import io.presence.redis.testing.RedisServer;
import io.presence.redis.testing.RedisServerExtension;
import io.presence.sample.support.AppProcess;
import io.presence.sample.support.BrowserTest;
import io.presence.sample.support.Chromium;
import io.presence.sample.support.PageMemory;
import io.presence.sample.support.PresenceSocket;
import io.presence.sample.support.TcpProxy;
import io.presence.sample.support.Visitor;
import org.assertj.core.data.Offset;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the browser client does in a real browser beyond what the sample's page needs, on
 * two instances on Redis: many rooms, workers, connections without a room, memory.
 */
@BrowserTest
@ExtendWith(RedisServerExtension.class)
class ClientBrowserIT {

	private static final int ROOMS = 250;

	private static final int LINKS = 20;

	private static AppProcess one;

	private static AppProcess two;

	private static Chromium browser;

	private final String room = "room:" + UUID.randomUUID();

	private TcpProxy wire;

	private Visitor visitor;

	@BeforeAll
	static void start(RedisServer redis) {
		String[] arguments = { "--presence.store=redis", "--spring.data.redis.port=" + redis.port(),
				"--presence.http.enabled=true", "--presence.websocket.subscribe-timeout=1s",
				"--presence.limits.max-frames-per-second=100000",
				"--spring.web.resources.static-locations=classpath:/META-INF/resources/,classpath:/static/,"
						+ Path.of("src/test/resources/browser").toAbsolutePath().toUri() };
		one = AppProcess.start(arguments);
		two = AppProcess.start(arguments);
		browser = Chromium.start();
	}

	@AfterAll
	static void stop() {
		browser.close();
		one.close();
		two.close();
	}

	@BeforeEach
	void open() {
		this.wire = TcpProxy.to(one.port());
		this.visitor = Visitor.look(browser, URI.create("http://127.0.0.1:" + this.wire.port() + "/icon.svg"),
				new Browser.NewContextOptions());
	}

	@AfterEach
	void close() {
		this.visitor.leave();
		this.wire.close();
	}

	private Object run(String script, Object argument) {
		return this.visitor.page().evaluate(script, argument);
	}

	@Test
	void oneSocketCarriesTwoHundredAndFiftyRooms() {
		run("""
				async room => {
				  const { connect } = await import('/presence/presence.js')
				  window.presence = connect('/presence?user=carl&name=Carl')
				  window.rooms = Array.from({ length: %d }, (_, i) => presence.join(`${room}:${i}`, { state: { i } }))
				  await Promise.all(rooms.map(({ ready }) => ready))
				}""".formatted(ROOMS), this.room);
		sameListsInAllRooms(1);
		PresenceSocket[] others = IntStream.of(0, 100, 249)
			.mapToObj((i) -> PresenceSocket.join(two.port(), this.room + ":" + i, "ben"))
			.toArray(PresenceSocket[]::new);
		sameListsInAllRooms(1);
		String before = (String) run("() => presence.connectionId", null);
		this.wire.cut();
		others[1].close();
		Awaitility.await()
			.pollInSameThread()
			.atMost(Duration.ofMinutes(1))
			.until(() -> (boolean) run("id => presence.status === 'open' && presence.connectionId !== id", before));
		sameListsInAllRooms(1);
		assertThat(run("() => rooms.map(({ count }) => count).filter(count => count > 1).length", null)).isEqualTo(2);
		run("() => rooms.splice(125).forEach(room => room.leave())", null);
		sameListsInAllRooms(0);
		run("() => presence.close()", null);
		for (PresenceSocket other : others) {
			other.close();
		}
	}

	/**
	 * Waits until each room of the page has the members that both instances answer, the
	 * one in the page among them unless it left the later half.
	 */
	private void sameListsInAllRooms(int later) {
		Awaitility.await().pollInSameThread().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
			JsonNode shown = JsonMapper.shared()
				.readTree((String) run(
						"""
								() => JSON.stringify(Object.fromEntries(rooms.map(({ topic, members, status }) => [topic,
								  { status, members: Object.fromEntries(members.map(({ key, data, state }) => [key, { key, data, ...state !== null && { state } }])) }])))""",
						null));
			assertThat(shown.size()).isEqualTo((later > 0) ? ROOMS : 125);
			for (int i = 0; i < ROOMS; i++) {
				String topic = this.room + ":" + i;
				for (AppProcess application : new AppProcess[] { one, two }) {
					Map<String, JsonNode> members = application.members(topic);
					if (shown.has(topic)) {
						assertThat(shown.path(topic).path("status").asString()).isEqualTo("joined");
						assertThat(byKey(shown.path(topic).path("members"))).isEqualTo(members).containsKey("carl");
					}
					else {
						assertThat(members).doesNotContainKey("carl");
					}
				}
			}
		});
	}

	private static Map<String, JsonNode> byKey(JsonNode members) {
		Map<String, JsonNode> byKey = new TreeMap<>();
		members.properties().forEach((entry) -> byKey.put(entry.getKey(), entry.getValue()));
		return byKey;
	}

	@ParameterizedTest
	@ValueSource(strings = { "dedicated", "shared", "service" })
	void aWorkerFollowsARoomWithoutAnyWindow(String kind) {
		run("""
				async kind => {
				  const url = '/worker.js?user=ada&name=Ada'
				  const options = { type: 'module' }
				  const open = {
				    dedicated: () => {
				      const worker = new Worker(url, options)
				      return [worker, worker]
				    },
				    shared: () => {
				      const { port } = new SharedWorker(url, options)
				      port.start()
				      return [port, port]
				    },
				    service: async () => {
				      await navigator.serviceWorker.register(url, options)
				      const { active } = await navigator.serviceWorker.ready
				      navigator.serviceWorker.startMessages()
				      return [active, navigator.serviceWorker]
				    },
				  }
				  const [to, from] = await open[kind]()
				  window.ask = (...message) => new Promise(resolve => {
				    from.addEventListener('message', ({ data }) => resolve(data), { once: true })
				    to.postMessage(message)
				  })
				}""", kind);
		assertThat(run("room => ask('join', room)", this.room)).isEqualTo("joined");
		workerSeesWhatServersSay("ada");
		PresenceSocket ben = PresenceSocket.join(two.port(), this.room, "ben");
		workerSeesWhatServersSay("ada", "ben");
		this.wire.cut();
		PresenceSocket carl = PresenceSocket.join(two.port(), this.room, "carl");
		workerSeesWhatServersSay("ada", "ben", "carl");
		ben.close();
		carl.abort();
		workerSeesWhatServersSay("ada");
		run("() => ask('leave')", null);
		Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> two.members(this.room).isEmpty());
	}

	private void workerSeesWhatServersSay(String... keys) {
		Awaitility.await().pollInSameThread().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
			Map<String, JsonNode> shown = new TreeMap<>();
			JsonMapper.shared().readTree((String) run("() => ask('members')", null)).forEach((member) -> {
				JsonNode state = member.path("state");
				Map<String, Object> same = new TreeMap<>(
						Map.of("key", member.path("key"), "data", member.path("data")));
				if (!state.isNull()) {
					same.put("state", state);
				}
				shown.put(member.path("key").asString(), JsonMapper.shared().valueToTree(same));
			});
			assertThat(shown).containsOnlyKeys(keys)
				.isEqualTo(one.members(this.room))
				.isEqualTo(two.members(this.room));
		});
	}

	/**
	 * Tomcat answers the end of its input with close code 1002, a protocol error, whoever
	 * caused it, unless the endpoint's 1011 is faster. Where the way back to the browser
	 * is open for a moment longer, the client hears that, and must come back all the
	 * same.
	 */
	@Test
	void linksThatBreakOnTheWayToTheServerFirstComeBack() {
		run("""
				async room => {
				  const { connect } = await import('/presence/presence.js')
				  window.codes = []
				  class Recorded extends WebSocket {
				    constructor(url) {
				      super(url)
				      this.addEventListener('close', ({ code }) => codes.push(code))
				    }
				  }
				  window.all = Array.from({ length: %d }, (_, i) => connect(`/presence?user=u${i}`, { WebSocket: Recorded }))
				  window.rooms = all.map(presence => presence.join(room))
				  await Promise.all(rooms.map(({ ready }) => ready))
				}"""
			.formatted(LINKS), this.room);
		untilTrue("rooms.every(({ count }) => count === " + LINKS + ")");
		this.wire.endInput();
		untilTrue("codes.length === " + LINKS);
		assertThat((List<Integer>) run("() => codes", null)).isSubsetOf(1002, 1011);
		untilTrue("rooms.every(({ status, count }) => status === 'joined' && count === " + LINKS + ")");
		assertThat(one.members(this.room)).hasSize(LINKS);
		run("() => all.forEach(presence => presence.close())", null);
	}

	@Test
	void aConnectionWithoutARoomIsOpenedOnceAndAgainForARoom() {
		run("""
				async () => {
				  const { connect } = await import('/presence/presence.js')
				  window.opened = 0
				  window.presence = connect('/presence?user=ada', {
				    WebSocket: class extends WebSocket {
				      constructor(url) {
				        super(url)
				        window.opened++
				      }
				    },
				  })
				}""", null);
		untilTrue("presence.status === 'reconnecting'");
		assertThat(run("""
				async () => {
				  dispatchEvent(new Event('focus'))
				  await new Promise(resolve => setTimeout(resolve))
				  return opened
				}""", null)).isEqualTo(1);
		run("room => presence.join(room).ready", this.room);
		assertThat(run("() => [presence.status, opened].join()", null)).isEqualTo("open,2");
		assertThat(one.members(this.room)).containsOnlyKeys("ada");
		run("() => presence.close()", null);
	}

	@Test
	void whoJoinsWithoutObservingIsAMemberAndGetsNoFrames() {
		PresenceSocket ben = PresenceSocket.join(two.port(), this.room, "ben");
		run("""
				async room => {
				  const { connect } = await import('/presence/presence.js')
				  window.frames = []
				  const { WebSocket } = window
				  window.presence = connect('/presence?user=ada&name=Ada', {
				    WebSocket: class extends WebSocket {
				      constructor(url) {
				        super(url)
				        this.addEventListener('message', ({ data }) => window.frames.push(JSON.parse(data)))
				      }
				    },
				  })
				  window.room = presence.join(room, { observe: false, state: { quiet: true } })
				  await window.room.ready
				}""", this.room);
		assertThat(run("() => room.members.map(({ key }) => key).sort().join()", null)).isEqualTo("ada,ben");
		Awaitility.await().until(() -> ben.keys().contains("ada") && !ben.states().isEmpty());
		ben.close();
		Awaitility.await().until(() -> one.members(this.room).size() == 1);
		run("() => { window.other = presence.observe(room.topic); return other.ready }", null);
		assertThat(run("() => [room, other].map(({ members }) => members.map(({ key }) => key)).join()", null))
			.isEqualTo("ada,ada");
		assertThat((String) run("() => frames.map(({ type, event }) => type ?? event).join()", null))
			.startsWith("welcome,subscribed,state,subscribed,");
		run("() => presence.close()", null);
	}

	/**
	 * An hour, as fast as the server allows: in each minute somebody walks through five
	 * rooms, publishes and follows others; now and then the connection is lost.
	 */
	@Test
	void theClientHoldsTheSameAfterFiveMinutesAndAfterAnHour() {
		run("""
				async room => {
				  const { connect } = await import('/presence/presence.js')
				  const { away, cursors, group, patch, typing } = await import('/presence/helpers.js')
				  const ada = connect('/presence?user=ada&name=Ada')
				  const ben = connect('/presence?user=ben&name=Ben')
				  await Promise.all([ada, ben].map(presence => presence.join(`${room}:home`).ready))
				  window.closeAll = () => [ada, ben].forEach(presence => presence.close())
				  window.walk = async minute => {
				    for (let i = 0; i < 5; i++) {
				      const topic = `${room}:${minute}:${i}`
				      const mine = ada.join(topic, { state: { minute } })
				      const stops = [typing(mine), cursors(mine), group(mine)].map(store => store.subscribe(() => {}))
				      stops.push(away(mine), mine.onJoin(() => {}), mine.onLeave(() => {}))
				      typing(mine).keystroke()
				      const other = ben.join(topic)
				      patch(other, { text: 'x'.repeat(200) }, { expireAfter: 5_000 })
				      await Promise.all([mine.ready, other.ready])
				      await new Promise(resolve => mine.subscribe(members => { if (members.length === 2 && members.some(({ state }) => state?.text)) resolve() }))
				      other.leave()
				      await new Promise(resolve => mine.subscribe(members => { if (members.length === 1) resolve() }))
				      stops.forEach(stop => stop())
				      mine.leave()
				    }
				  }
				}""",
				this.room);
		PageMemory early = null;
		for (int minute = 1; minute <= 60; minute++) {
			run("minute => walk(minute)", minute);
			if (minute % 20 == 3) {
				this.wire.cut();
			}
			if (minute == 5) {
				early = settledMemory();
			}
		}
		PageMemory late = settledMemory();
		assertThat(late.objects()).as("%s after %s", late, early).isCloseTo(early.objects(), Offset.offset(50));
		assertThat(late.nodes()).isEqualTo(early.nodes());
		assertThat(late.listeners()).isEqualTo(early.listeners());
		run("() => closeAll()", null);
	}

	/** The memory once it is the same twice: what was left is answered by then. */
	private PageMemory settledMemory() {
		AtomicReference<PageMemory> last = new AtomicReference<>(PageMemory.of(this.visitor.page()));
		Awaitility.await()
			.pollInSameThread()
			.pollInterval(Duration.ofMillis(500))
			.atMost(Duration.ofSeconds(30))
			.until(() -> {
				PageMemory now = PageMemory.of(this.visitor.page());
				return last.getAndSet(now).objects() == now.objects();
			});
		return last.get();
	}

	/** Waits for a condition in the page, whose policy forbids Playwright's own way. */
	private void untilTrue(String condition) {
		Awaitility.await()
			.pollInSameThread()
			.atMost(Duration.ofSeconds(30))
			.until(() -> (boolean) run("() => " + condition, null));
	}

}
