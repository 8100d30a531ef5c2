package io.presence.spring.websocket;

import java.time.Duration;

import jakarta.websocket.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.adapter.NativeWebSocketSession;

/**
 * The session of the servlet container behind one of Spring's, and how long that
 * container waits for its link. The names are those of Tomcat; other containers ignore
 * them.
 *
 * @param target the session of the container
 */
record ContainerSession(Session target) {

	private static final Logger logger = LoggerFactory.getLogger(ContainerSession.class);

	/** What a worker thread may wait, so that few clients cannot hold them all. */
	private static final long WORKER_MILLIS = 1_000;

	private static final long CLOSE_MILLIS = 5_000;

	private static final String SEND_TIMEOUT = "org.apache.tomcat.websocket.BLOCKING_SEND_TIMEOUT";

	private static final String CLOSE_SEND_TIMEOUT = "org.apache.tomcat.websocket.ABNORMAL_SESSION_CLOSE_SEND_TIMEOUT";

	private static final String CLOSE_TIMEOUT = "org.apache.tomcat.websocket.SESSION_CLOSE_TIMEOUT";

	/**
	 * Returns the session of the container.
	 * @param session Spring's session
	 * @return that of the container, {@code null} if there is none
	 */
	static @Nullable ContainerSession of(WebSocketSession session) {
		return (session instanceof NativeWebSocketSession wrapper
				&& wrapper.getNativeSession() instanceof Session target) ? new ContainerSession(target) : null;
	}

	boolean isTomcat() {
		return this.target.getClass().getName().startsWith("org.apache.tomcat.");
	}

	/**
	 * Bounds how long worker threads of the container wait for the link: to answer a ping
	 * or a normal close. For other closes Tomcat's 50 ms stay.
	 */
	void limitWaits() {
		set(SEND_TIMEOUT, WORKER_MILLIS);
		set(CLOSE_TIMEOUT, CLOSE_MILLIS);
	}

	/**
	 * Lets what is sent next wait for longer, on a thread that can.
	 * @param timeout how long
	 */
	void waitFor(Duration timeout) {
		set(SEND_TIMEOUT, timeout.toMillis());
	}

	/**
	 * Lets a close frame of the server wait for longer, on a thread that can: the code of
	 * a client that is a little slow would be lost.
	 */
	void beginClose() {
		set(SEND_TIMEOUT, CLOSE_MILLIS);
		set(CLOSE_SEND_TIMEOUT, CLOSE_MILLIS);
	}

	private void set(String name, long millis) {
		try {
			this.target.getUserProperties().put(name, millis);
		}
		catch (IllegalStateException ex) {
			logger.trace("The session has closed", ex);
		}
	}

}
