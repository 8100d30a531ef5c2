package io.presence.sample.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands between a client and a server and fails as networks do: it swallows bytes while
 * every connection stays open, ends one direction, or cuts all connections.
 */
public final class TcpProxy implements AutoCloseable {

	private final ServerSocket server;

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private final Set<Socket> upstreams = ConcurrentHashMap.newKeySet();

	private volatile int target;

	private volatile boolean swallowing;

	private TcpProxy(int target) throws IOException {
		this.target = target;
		this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		daemon(this::accept);
	}

	/** Starts a proxy on a free port in front of a port of this machine. */
	public static TcpProxy to(int target) {
		try {
			return new TcpProxy(target);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public int port() {
		return this.server.getLocalPort();
	}

	/** Sends connections that are opened from now on elsewhere. */
	public void retarget(int target) {
		this.target = target;
	}

	/** From now on every byte is lost, in both directions; no connection closes. */
	public void swallow() {
		this.swallowing = true;
	}

	/** From now on bytes pass again; what was swallowed stays lost. */
	public void pass() {
		this.swallowing = false;
	}

	/**
	 * Ends what goes to the server on every connection, as a proxy does that passes on
	 * the end of one direction. What the server answers still reaches the client.
	 */
	public void endInput() {
		this.upstreams.forEach((upstream) -> {
			try {
				upstream.shutdownOutput();
			}
			catch (IOException ex) {
				quietly(upstream);
			}
		});
	}

	/** Closes every connection that stands. */
	public void cut() {
		this.sockets.forEach(TcpProxy::quietly);
	}

	private void accept() {
		while (!this.server.isClosed()) {
			try {
				Socket client = this.server.accept();
				this.sockets.add(client);
				daemon(() -> connect(client));
			}
			catch (IOException ex) {
				return;
			}
		}
	}

	private void connect(Socket client) {
		Socket upstream = new Socket();
		this.sockets.add(upstream);
		try {
			upstream.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), this.target), 5_000);
		}
		catch (IOException ex) {
			quietly(client);
			quietly(upstream);
			return;
		}
		this.upstreams.add(upstream);
		daemon(() -> copy(client, upstream));
		copy(upstream, client);
		this.upstreams.remove(upstream);
	}

	private void copy(Socket from, Socket to) {
		byte[] buffer = new byte[16_384];
		try (from; to) {
			InputStream in = from.getInputStream();
			OutputStream out = to.getOutputStream();
			int length;
			while ((length = in.read(buffer)) >= 0) {
				if (!this.swallowing) {
					out.write(buffer, 0, length);
				}
			}
		}
		catch (IOException ex) {
			// The other end went.
		}
		finally {
			this.sockets.remove(from);
			this.sockets.remove(to);
		}
	}

	private static void daemon(Runnable task) {
		Thread thread = new Thread(task, "tcp-proxy");
		thread.setDaemon(true);
		thread.start();
	}

	private static void quietly(Socket socket) {
		try {
			socket.close();
		}
		catch (IOException ex) {
			// It is closed.
		}
	}

	@Override
	public void close() {
		try {
			this.server.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		finally {
			cut();
		}
	}

}
