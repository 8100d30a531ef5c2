package io.presence.spring.websocket;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

import jakarta.websocket.Session;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.adapter.NativeWebSocketSession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willAnswer;
import static org.mockito.Mockito.mock;

@Timeout(60)
class PooledFrameSenderTests {

	private static final String SEND_TIMEOUT = "org.apache.tomcat.websocket.BLOCKING_SEND_TIMEOUT";

	private final Queue<Runnable> checks = new ArrayDeque<>();

	private final Map<String, Object> properties = new ConcurrentHashMap<>();

	private final NativeWebSocketSession session = mock();

	private final ContainerSession container;

	private final PooledFrameSender sender;

	PooledFrameSenderTests() {
		Session target = mock();
		given(target.getUserProperties()).willReturn(this.properties);
		this.container = new ContainerSession(target);
		this.container.limitWaits();
		BlockingFrameSender waiting = new BlockingFrameSender(this.session, this.container, Duration.ofSeconds(20),
				Runnable::run);
		this.sender = new PooledFrameSender(new SendingThreads(1, 1, this.checks::add), this.container, waiting,
				(message, callback) -> callback.done(new IllegalStateException("Test")));
	}

	@Test
	void frameMayTakeLongButWorkerThreadsWaitForItOnlyShortly() throws Exception {
		CountDownLatch reads = new CountDownLatch(1);
		BlockingQueue<Object> timeouts = new LinkedBlockingQueue<>();
		willAnswer((call) -> {
			timeouts.add(this.properties.get(SEND_TIMEOUT));
			reads.await();
			return null;
		}).given(this.session).sendMessage(any());
		CompletableFuture<String> sent = new CompletableFuture<>();
		this.sender.send(new TextMessage("one"), (failure) -> sent.complete(String.valueOf(failure)));
		assertThat(timeouts.take()).isEqualTo(20_000L);
		this.checks.remove().run();
		assertThat(this.properties).containsEntry(SEND_TIMEOUT, 20_000L);
		this.checks.remove().run();
		assertThat(this.properties).containsEntry(SEND_TIMEOUT, 1_000L);
		reads.countDown();
		assertThat(sent.get()).isEqualTo("null");
		assertThat(this.properties).containsEntry(SEND_TIMEOUT, 1_000L);
	}

	@Test
	void frameThatIsNotSentAtAllIsToldSo() throws Exception {
		CountDownLatch reads = new CountDownLatch(1);
		CountDownLatch started = new CountDownLatch(1);
		willAnswer((call) -> {
			started.countDown();
			reads.await();
			return null;
		}).given(this.session).sendMessage(any());
		this.sender.send(new TextMessage("one"), (failure) -> {
		});
		started.await();
		CompletableFuture<String> sent = new CompletableFuture<>();
		this.sender.send(new TextMessage("two"), (failure) -> sent.complete(String.valueOf(failure)));
		this.checks.remove().run();
		this.checks.remove().run();
		assertThat(sent.get()).contains("Test");
		reads.countDown();
	}

}
