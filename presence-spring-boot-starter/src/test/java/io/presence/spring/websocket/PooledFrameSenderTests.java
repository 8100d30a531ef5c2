package io.presence.spring.websocket;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.web.socket.PingMessage;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willAnswer;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

@Timeout(60)
class PooledFrameSenderTests {

	private static final String SEND_TIMEOUT = "org.apache.tomcat.websocket.BLOCKING_SEND_TIMEOUT";

	private final Queue<Runnable> checks = new ArrayDeque<>();

	private final Map<String, Object> properties = new ConcurrentHashMap<>();

	private final BlockingQueue<Object> timeouts = new LinkedBlockingQueue<>();

	private final CountDownLatch reads = new CountDownLatch(1);

	private final WebSocketSession session = mock();

	private final Session target = mock();

	private final RemoteEndpoint.Async remote = mock();

	private final FrameSender async = mock();

	private final PooledFrameSender sender;

	PooledFrameSenderTests() throws Exception {
		given(this.target.getUserProperties()).willReturn(this.properties);
		given(this.target.getAsyncRemote()).willReturn(this.remote);
		this.sender = new PooledFrameSender(new SendingThreads(1, 1, this.checks::add), this.session,
				new ContainerSession(this.target), this.async, Duration.ofSeconds(20));
		willThrow(new IllegalStateException("Test")).given(this.async).send(any(), any());
		given(this.session.getId()).willReturn("1");
		willAnswer((call) -> {
			this.timeouts.add(this.properties.get(SEND_TIMEOUT));
			try {
				this.reads.await();
			}
			catch (InterruptedException ex) {
				throw new IOException("Interrupted", ex);
			}
			return null;
		}).given(this.session).sendMessage(any());
	}

	@AfterEach
	void release() {
		this.reads.countDown();
	}

	@Test
	void frameMayTakeLongButWorkerThreadsWaitForItLess() throws Exception {
		CompletableFuture<String> sent = send("one");
		assertThat(this.timeouts.take()).isEqualTo(20_000L);
		this.checks.remove().run();
		assertThat(this.properties).containsEntry(SEND_TIMEOUT, 20_000L);
		this.checks.remove().run();
		assertThat(this.properties).containsEntry(SEND_TIMEOUT, 10_000L);
		this.reads.countDown();
		assertThat(sent.get()).isEqualTo("null");
		assertThat(this.properties).containsEntry(SEND_TIMEOUT, 5_000L);
	}

	@Test
	void frameThatFollowsMayTakeLongAgain() throws Exception {
		CompletableFuture<String> second = new CompletableFuture<>();
		this.sender.send(new TextMessage("one"), (failure) -> {
			this.sender.send(new TextMessage("two"), (other) -> second.complete(String.valueOf(other)));
			this.checks.remove().run();
		});
		this.timeouts.take();
		this.checks.remove().run();
		this.reads.countDown();
		assertThat(second.get()).isEqualTo("null");
		assertThat(this.timeouts.take()).isEqualTo(20_000L);
	}

	@Test
	void pingOnAThreadThatMayWaitIsBoundedLikeAFrame() throws Exception {
		CompletableFuture<Void> pinging = CompletableFuture
			.runAsync(() -> this.sender.sendNow(new PingMessage(), (failure) -> {
			}));
		assertThat(this.timeouts.take()).isEqualTo(20_000L);
		this.checks.remove().run();
		this.checks.remove().run();
		assertThat(this.properties).containsEntry(SEND_TIMEOUT, 10_000L);
		this.sender.closed();
		pinging.get();
	}

	@Test
	void nothingWaitsForASessionThatHasClosed() throws Exception {
		CompletableFuture<String> sent = send("one");
		this.timeouts.take();
		this.sender.closed();
		assertThat(sent.get()).contains("Interrupted");
		assertThat(send("two").get()).contains("The session 1 is closed");
	}

	@Test
	void frameThatIsSentWithoutWaitingMayTakeAsLong() throws Exception {
		send("one");
		this.timeouts.take();
		CompletableFuture<String> sent = send("two");
		this.checks.remove().run();
		this.checks.remove().run();
		assertThat(sent.get()).contains("Test");
		verify(this.remote).setSendTimeout(20_000);
	}

	private CompletableFuture<String> send(String text) {
		CompletableFuture<String> sent = new CompletableFuture<>();
		this.sender.send(new TextMessage(text), (failure) -> sent.complete(String.valueOf(failure)));
		return sent;
	}

}
