package io.presence.spring.websocket;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

import io.presence.KickMode;
import io.presence.PresenceService;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Who may do what, over real sockets and requests, with Spring Security.
 */
@SpringBootTest(classes = SecuredApplication.class, webEnvironment = WebEnvironment.RANDOM_PORT, properties = {
		"presence.store=memory", "presence.http.enabled=true", "presence.access[0].pattern=open:**",
		"presence.access[0].allow=anyone", "presence.access[1].pattern=look:**", "presence.access[1].actions=observe",
		"presence.access[1].allow=anyone", "presence.access[2].pattern=staff:**", "presence.access[2].roles=STAFF",
		"presence.access[3].pattern=closed:**", "presence.access[3].allow=nobody",
		"presence.access[4].pattern=quiet:**", "presence.access[4].actions=join,observe",
		"presence.access[5].pattern=private:**", "presence.topics[0].pattern=*:off", "presence.topics[0].enabled=false",
		"presence.topics[1].pattern=*:each:*", "presence.topics[1].keyed-by=connection" })
class SecuredEndpointTests {

	private static final AtomicInteger rooms = new AtomicInteger();

	private static final HttpClient http = HttpClient.newHttpClient();

	private final String room = "private:" + rooms.incrementAndGet();

	private final List<TestClient> clients = new ArrayList<>();

	@LocalServerPort
	private int port;

	@Autowired
	private PresenceService presence;

	private TestClient ann;

	@BeforeEach
	void annIsInTheRoom() throws InterruptedException {
		this.ann = connect("/presence", basic("ann")).welcomed().joined(this.room);
		this.ann.send("{'type':'presence-state','topic':'" + this.room + "','state':'canary'}");
		this.ann.next("diff");
	}

	@AfterEach
	void everybodyLeaves() {
		this.clients.forEach(TestClient::close);
	}

	@ParameterizedTest
	@ValueSource(strings = { "{'type':'subscribe','topic':'T'}", "{'type':'subscribe','topic':'__presence:T'}",
			"{'type':'subscribe','topic':'T','observe':false}", "{'type':'subscribe','topic':'T','state':1}",
			"{'type':'subscribe','topic':'__presence:T','epoch':'x','v':1}",
			"{'type':'subscribe-batch','topics':['T','__presence:T',{'topic':'T'},{'topic':'__presence:T'}]}",
			"{'type':'presence-snapshot','topic':'T'}", "{'type':'presence-snapshot','topic':'__presence:T'}",
			"{'type':'presence-state','topic':'T','state':1}", "{'type':'unsubscribe','topic':'T'}",
			"{'type':'unsubscribe','topic':'__presence:T'}" })
	void noFrameShowsARosterToWhoMayNot(String frame) throws InterruptedException {
		TestClient guest = connect("/presence", Map.of()).welcomed();
		assertShowsNothing(guest, frame.replace("T'", this.room + "'"));
		assertThat(this.presence.count(this.room)).isOne();
	}

	@ParameterizedTest
	@ValueSource(strings = { "{'type':'presence-snapshot','topic':'T'}", "{'type':'subscribe','topic':'__presence:T'}",
			"{'type':'subscribe-batch','topics':['__presence:T']}", "{'type':'presence-state','topic':'T','state':1}" })
	void noFrameToADecoratedHandlerDoes(String frame) throws InterruptedException {
		TestClient guest = connect("/chat", Map.of());
		guest.send(frame.replace("T'", this.room + "'"));
		guest.send("{'type':'subscribe','topic':'__presence:open:end'}");
		assertNothingUntil(guest, "__presence:open:end");
	}

	@Test
	void rulesAreAboutActions() throws InterruptedException {
		TestClient guest = connect("/presence", Map.of()).welcomed();
		assertThat(ask(guest, "__presence:look:1").path("type").asString()).isEqualTo("subscribed");
		assertThat(ask(guest, "look:1").path("reason").asString()).isEqualTo("unauthorized");
		TestClient sam = connect("/presence", basic("sam")).welcomed();
		assertThat(ask(sam, "staff:1").path("type").asString()).isEqualTo("subscribed");
		assertThat(ask(this.ann, "staff:1").path("reason").asString()).isEqualTo("unauthorized");
		assertThat(ask(sam, "closed:1").path("reason").asString()).isEqualTo("unauthorized");
		assertThat(ask(sam, "elsewhere").path("reason").asString()).isEqualTo("unauthorized");
		assertThat(ask(sam, "open:off").path("reason").asString()).isEqualTo("unauthorized");
		assertThat(ask(sam, "__presence:open:off").path("reason").asString()).isEqualTo("unauthorized");
	}

	@Test
	void whoMayJoinNeedNotPublish() throws InterruptedException {
		assertThat(ask(this.ann, "quiet:1").path("type").asString()).isEqualTo("subscribed");
		this.ann.send("{'type':'presence-state','topic':'quiet:1','state':1}");
		assertThat(this.ann.next("error").path("code").asString()).isEqualTo("unauthorized");
		this.ann.send("{'type':'subscribe','topic':'quiet:2','state':1}");
		assertThat(this.ann.next("subscribe-denied").path("reason").asString()).isEqualTo("unauthorized");
		assertThat(this.presence.count("quiet:2")).isZero();
	}

	@Test
	void aTopicKeyedByConnectionHasAMemberForEach() throws InterruptedException {
		String topic = "open:each:" + this.room.substring(8);
		connect("/presence", basic("ann")).welcomed().joined(topic);
		connect("/presence", basic("ann")).welcomed().joined(topic);
		assertThat(this.presence.list(topic)).hasSize(2)
			.allSatisfy((member) -> assertThat(member.data()).containsEntry("id", "ann"));
	}

	@Test
	void aKickedUserIsToldAndMayBeClosed() throws InterruptedException {
		assertThat(this.presence.kick("ann", this.room, KickMode.LEAVE).toCompletableFuture().join()).isOne();
		assertThat(this.ann.next("unsubscribed").path("reason").asString()).isEqualTo("kicked");
		this.ann.joined(this.room);
		this.presence.kick("ann", this.room, KickMode.CLOSE).toCompletableFuture().join();
		assertThat(this.ann.closeCode()).isEqualTo(4403);
		assertThat(this.presence.count(this.room)).isZero();
	}

	@Test
	void aTicketIsGoodOnce() throws Exception {
		HttpResponse<String> ticket = send(
				HttpRequest.newBuilder(uri("/ticket")).headers(flat(basic("sam"))).POST(BodyPublishers.noBody()));
		assertThat(ticket.statusCode()).isEqualTo(200);
		TestClient client = connect("/presence?ticket=" + ticket.body(), Map.of()).welcomed();
		client.send("{'type':'subscribe','topic':'open:tickets'}");
		assertThat(client.next("subscribed").path("key").asString()).isEqualTo("sam");
		assertThatExceptionOfType(CompletionException.class)
			.isThrownBy(() -> connect("/presence?ticket=" + ticket.body(), Map.of()))
			.havingCause()
			.isInstanceOfSatisfying(WebSocketHandshakeException.class,
					(ex) -> assertThat(ex.getResponse().statusCode()).isEqualTo(403));
	}

	@Test
	void methodSecurityGuardsWhatCallsTheService() throws Exception {
		assertThat(get("/count/" + this.room, basic("ann")).statusCode()).isEqualTo(403);
		assertThat(get("/count/" + this.room, basic("sam")).body()).isEqualTo("1");
	}

	@Test
	void answersASnapshotOverHttpToWhoMayObserve() throws Exception {
		HttpResponse<String> answer = snapshot(this.room, basic("sam"));
		assertThat(answer.statusCode()).isEqualTo(200);
		assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
		JsonNode body = new JsonMapper().readTree(answer.body());
		assertThat(body.path("topic").asString()).isEqualTo(this.room);
		assertThat(body.path("count").asInt()).isOne();
		assertThat(body.path("members").path(0).path("key").asString()).isEqualTo("ann");
		assertThat(body.path("members").path(0).path("data").path("name").asString()).isEqualTo("canary ann");
		assertThat(body.path("members").path(0).path("state").asString()).isEqualTo("canary");
	}

	@Test
	void aSnapshotOverHttpTellsNothingOfForbiddenTopics() throws Exception {
		HttpResponse<String> forbidden = snapshot(this.room, Map.of());
		HttpResponse<String> unknown = snapshot("private:nobody", Map.of());
		HttpResponse<String> empty = snapshot("private:nobody", basic("sam"));
		assertThat(forbidden.statusCode()).isEqualTo(404);
		assertThat(forbidden.headers().firstValue("Cache-Control")).hasValue("no-store");
		for (HttpResponse<String> same : List.of(unknown, empty, snapshot("open:off", basic("sam")))) {
			assertThat(same.statusCode()).isEqualTo(forbidden.statusCode());
			assertThat(same.body()).isEqualTo(forbidden.body());
			assertThat(same.headers().map().keySet()).isEqualTo(forbidden.headers().map().keySet());
		}
	}

	@Test
	void aSnapshotOverHttpNeedsAValidName() throws Exception {
		assertThat(get("/presence/topics", basic("sam")).statusCode()).isEqualTo(400);
		assertThat(get("/presence/topics?topic=a&topic=b", basic("sam")).statusCode()).isEqualTo(400);
		assertThat(snapshot("__presence:" + this.room, basic("sam")).statusCode()).isIn(400, 404);
		assertThat(snapshot("open:\u202e", basic("sam")).statusCode()).isEqualTo(400);
		assertThat(get("/presence/topics?topic=open:1&ticket=none", Map.of()).statusCode()).isEqualTo(403);
	}

	private void assertShowsNothing(TestClient client, String frame) throws InterruptedException {
		client.send(frame);
		client.send("{'type':'subscribe','topic':'__presence:open:end'}");
		assertNothingUntil(client, "__presence:open:end");
	}

	private static void assertNothingUntil(TestClient client, String end) throws InterruptedException {
		for (String frame = client.nextText(); !frame.contains("\"event\":\"state\"")
				|| !frame.contains(end); frame = client.nextText()) {
			assertThat(frame).doesNotContain("canary").doesNotContain("\"event\"").doesNotContain("\"v\":");
		}
	}

	private static JsonNode ask(TestClient client, String topic) throws InterruptedException {
		client.send("{'type':'subscribe','topic':'" + topic + "'}");
		while (true) {
			JsonNode frame = client.next();
			if (frame.path("type").asString("").startsWith("subscribe")
					&& frame.path("topic").asString().equals(topic)) {
				return frame;
			}
		}
	}

	private TestClient connect(String path, Map<String, String> headers) {
		TestClient client = TestClient.connect(this.port, path, headers);
		this.clients.add(client);
		return client;
	}

	private HttpResponse<String> snapshot(String topic, Map<String, String> headers) throws Exception {
		return get("/presence/topics?topic=" + URLEncoder.encode(topic, StandardCharsets.UTF_8), headers);
	}

	private HttpResponse<String> get(String path, Map<String, String> headers) throws Exception {
		HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
		headers.forEach(request::header);
		return send(request);
	}

	private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
		return http.send(request.build(), BodyHandlers.ofString());
	}

	private URI uri(String path) {
		return URI.create("http://localhost:" + this.port + path);
	}

	private static Map<String, String> basic(String user) {
		return Map.of("Authorization",
				"Basic " + Base64.getEncoder().encodeToString((user + ":" + user).getBytes(StandardCharsets.UTF_8)));
	}

	private static String[] flat(Map<String, String> headers) {
		return headers.entrySet()
			.stream()
			.flatMap((header) -> List.of(header.getKey(), header.getValue()).stream())
			.toArray(String[]::new);
	}

}
