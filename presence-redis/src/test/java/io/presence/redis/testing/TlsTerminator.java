package io.presence.redis.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/**
 * Speaks TLS in front of a server that does not, on a free port of the loopback
 * interface, with a certificate of its own for {@code localhost}.
 */
public final class TlsTerminator implements AutoCloseable {

	/** The password of the trust store. */
	public static final String PASSWORD = "presence";

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private final int target;

	private final Path store;

	private final SSLServerSocket listener;

	private TlsTerminator(int target, Path store, SSLServerSocket listener) {
		this.target = target;
		this.store = store;
		this.listener = listener;
	}

	/**
	 * Starts to speak TLS.
	 * @param server the server to pass everything to
	 * @return the terminator, which takes connections
	 */
	public static TlsTerminator start(RedisServer server) {
		try {
			Path store = Files.createTempDirectory("presence-tls").resolve("store.p12");
			createCertificate(store);
			KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
			KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
			managers.init(keys, PASSWORD.toCharArray());
			SSLContext context = SSLContext.getInstance("TLS");
			context.init(managers.getKeyManagers(), null, null);
			SSLServerSocket listener = (SSLServerSocket) context.getServerSocketFactory()
				.createServerSocket(0, 50, InetAddress.getLoopbackAddress());
			TlsTerminator terminator = new TlsTerminator(server.port(), store, listener);
			daemon(terminator::accept);
			return terminator;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void createCertificate(Path store) throws IOException {
		Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
				"-genkeypair", "-alias", "redis", "-keyalg", "EC", "-dname", "CN=localhost", "-ext",
				"SAN=DNS:localhost,IP:127.0.0.1", "-validity", "2", "-storetype", "PKCS12", "-keystore",
				store.toString(), "-storepass", PASSWORD)
			.redirectErrorStream(true)
			.start();
		String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		if (keytool.onExit().orTimeout(30, TimeUnit.SECONDS).join().exitValue() != 0) {
			throw new IllegalStateException("keytool made no certificate: " + output);
		}
	}

	/**
	 * Returns the port.
	 * @return the port, on localhost
	 */
	public int port() {
		return this.listener.getLocalPort();
	}

	/**
	 * Returns what clients trust.
	 * @return a PKCS #12 store with the certificate
	 */
	public Path trustStore() {
		return this.store;
	}

	private void accept() {
		while (!this.listener.isClosed()) {
			try {
				Socket client = this.listener.accept();
				Socket server = new Socket(InetAddress.getLoopbackAddress(), this.target);
				this.sockets.add(client);
				this.sockets.add(server);
				daemon(() -> copy(client, server));
				daemon(() -> copy(server, client));
			}
			catch (IOException ex) {
				// the next client, or closed
			}
		}
	}

	private void copy(Socket from, Socket to) {
		try (from; to) {
			InputStream in = from.getInputStream();
			OutputStream out = to.getOutputStream();
			byte[] buffer = new byte[8192];
			for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
				out.write(buffer, 0, n);
				out.flush();
			}
		}
		catch (IOException ex) {
			// one end was closed, and now the other is too
		}
		finally {
			this.sockets.remove(from);
			this.sockets.remove(to);
		}
	}

	private static void daemon(Runnable task) {
		Thread thread = new Thread(task, "tls-terminator");
		thread.setDaemon(true);
		thread.start();
	}

	@Override
	public void close() {
		try {
			this.listener.close();
			for (Socket socket : this.sockets) {
				socket.close();
			}
			Files.delete(this.store);
			Files.delete(this.store.getParent());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
