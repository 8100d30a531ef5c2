package io.presence.spring.websocket;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendHandler;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mockito.ArgumentCaptor;
import org.mockito.InOrder;

import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PingMessage;
import org.springframework.web.socket.adapter.NativeWebSocketSession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willAnswer;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

@Timeout(60)
class SessionTransportTests {

	private final NativeWebSocketSession session = mock();

	private final RemoteEndpoint.Async remote = mock();

	private final Queue<Runnable> tasks = new ArrayDeque<>();

	SessionTransportTests() {
		Session target = mock();
		given(target.getAsyncRemote()).willReturn(this.remote);
		given(this.session.getNativeSession()).willReturn(target);
	}

	@Test
	void closingNeverWaitsForTheLinkEvenWithoutAnExecutor() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		CompletableFuture<Thread> closer = new CompletableFuture<>();
		willAnswer((call) -> {
			closer.complete(Thread.currentThread());
			release.await();
			return null;
		}).given(this.session).close(any());
		SessionTransport transport = transport((task) -> {
			throw new RejectedExecutionException("Full");
		});
		transport.close(1001, "Test");
		assertThat(closer.get()).isNotSameAs(Thread.currentThread());
		release.countDown();
		closer.get().join();
		verify(this.session).close(new CloseStatus(1001, "Test"));
	}

	@Test
	void closingWaitsForAThreadWithoutTheCaller() throws Exception {
		SessionTransport transport = transport(this.tasks::add);
		transport.close(1001, "Test");
		transport.close(1011, "Again");
		verify(this.session, never()).close(any());
		runTasks();
		verify(this.session).close(new CloseStatus(1001, "Test"));
		verify(this.session, never()).close(new CloseStatus(1011, "Again"));
	}

	@Test
	void pingThatWaitsForAThreadHoldsUpNoFrame() throws Exception {
		SessionTransport transport = transport(this.tasks::add);
		AtomicInteger sent = new AtomicInteger();
		transport.ping();
		transport.ping();
		transport.send("one", (failure) -> sent.incrementAndGet());
		ArgumentCaptor<SendHandler> handler = ArgumentCaptor.captor();
		verify(this.remote).sendText(eq("one"), handler.capture());
		runTasks();
		verify(this.session, never()).sendMessage(any());
		transport.send("two", (failure) -> sent.incrementAndGet());
		handler.getValue().onResult(new SendResult());
		runTasks();
		assertThat(sent).hasValue(1);
		InOrder order = inOrder(this.session, this.remote);
		order.verify(this.remote).sendText(eq("one"), any());
		order.verify(this.session, times(1)).sendMessage(any(PingMessage.class));
		order.verify(this.remote).sendText(eq("two"), any());
	}

	@Test
	void pingIsSentAgainAfterOneThatDidNotLeave() throws Exception {
		willThrow(new IOException("Test")).willDoNothing().given(this.session).sendMessage(any());
		AtomicInteger threads = new AtomicInteger();
		SessionTransport transport = transport((task) -> {
			if (threads.getAndDecrement() <= 0) {
				throw new RejectedExecutionException("Full");
			}
			task.run();
		});
		transport.ping();
		verify(this.session, never()).sendMessage(any());
		threads.set(2);
		transport.ping();
		transport.ping();
		verify(this.session, times(2)).sendMessage(any(PingMessage.class));
	}

	private SessionTransport transport(Executor executor) {
		Duration second = Duration.ofSeconds(1);
		return new SessionTransports(executor, new WebSocketSettings(1, 1, second, second, false)).open(this.session);
	}

	private void runTasks() {
		while (!this.tasks.isEmpty()) {
			this.tasks.remove().run();
		}
	}

}
