package io.presence.spring.websocket;

import java.time.Duration;

import jakarta.websocket.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.adapter.NativeWebSocketSession;
import org.springframework.web.socket.sockjs.transport.SockJsSession;

/**
 * The session of the servlet container behind one of Spring's, and how long that
 * container waits for its link. The names are those of Tomcat; other containers ignore
 * them.
 *
 * @param target the session of the container
 */
record ContainerSession(Session target) {

	private static final Logger logger = LoggerFactory.getLogger(ContainerSession.class);

	/** What a worker thread of Tomcat waits for a client when no frame is on its way. */
	static final Duration WORKER_TIMEOUT = Duration.ofSeconds(5);

	private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

	private static final String SEND_TIMEOUT = "org.apache.tomcat.websocket.BLOCKING_SEND_TIMEOUT";

	private static final String CLOSE_SEND_TIMEOUT = "org.apache.tomcat.websocket.ABNORMAL_SESSION_CLOSE_SEND_TIMEOUT";

	private static final String SESSION_CLOSE_TIMEOUT = "org.apache.tomcat.websocket.SESSION_CLOSE_TIMEOUT";

	/**
	 * Returns the session of the container.
	 * @param session Spring's session
	 * @return that of the container, {@code null} if there is none or if what is sent on
	 * it must go through Spring's
	 */
	static @Nullable ContainerSession of(WebSocketSession session) {
		return (!(session instanceof SockJsSession) && session instanceof NativeWebSocketSession wrapper
				&& wrapper.getNativeSession() instanceof Session target) ? new ContainerSession(target) : null;
	}

	boolean isTomcat() {
		return this.target.getClass().getName().startsWith("org.apache.tomcat.");
	}

	/**
	 * Bounds how long Tomcat waits for the client: what is sent next on a thread that
	 * waits, and a worker thread that answers a ping or a normal close. For other closes
	 * it keeps its 50 ms.
	 * @param timeout how long
	 */
	void waitAtMost(Duration timeout) {
		set(SEND_TIMEOUT, timeout);
	}

	/**
	 * Bounds how long what is sent next without waiting may take.
	 * @param timeout how long
	 */
	void writeAtMost(Duration timeout) {
		try {
			this.target.getAsyncRemote().setSendTimeout(timeout.toMillis());
		}
		catch (IllegalStateException ex) {
			logger.trace("The session has closed", ex);
		}
	}

	/**
	 * Bounds how long Tomcat waits for the client's answer to a close frame.
	 */
	void limitClosing() {
		set(SESSION_CLOSE_TIMEOUT, CLOSE_TIMEOUT);
	}

	/**
	 * Lets a close frame of the server wait for longer, on a thread that can: the code of
	 * a client that is a little slow would be lost.
	 */
	void beginClose() {
		set(SEND_TIMEOUT, CLOSE_TIMEOUT);
		set(CLOSE_SEND_TIMEOUT, CLOSE_TIMEOUT);
	}

	private void set(String name, Duration timeout) {
		try {
			this.target.getUserProperties().put(name, timeout.toMillis());
		}
		catch (IllegalStateException ex) {
			logger.trace("The session has closed", ex);
		}
	}

}
