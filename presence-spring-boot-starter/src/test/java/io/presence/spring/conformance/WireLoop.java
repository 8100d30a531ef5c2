package io.presence.spring.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The one thread that reads and writes the sockets of any number of clients.
 */
final class WireLoop implements AutoCloseable {

	final ByteBuffer readBuffer = ByteBuffer.allocate(256 * 1024);

	final Selector selector;

	private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

	private final Thread thread = new Thread(this::run, "wire");

	private volatile boolean closed;

	WireLoop() {
		try {
			this.selector = Selector.open();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.thread.setDaemon(true);
		this.thread.start();
	}

	void execute(Runnable task) {
		this.tasks.add(task);
		this.selector.wakeup();
	}

	private void run() {
		try (this.selector) {
			while (!this.closed) {
				this.selector.select();
				for (Runnable task = this.tasks.poll(); task != null; task = this.tasks.poll()) {
					task.run();
				}
				for (Iterator<SelectionKey> keys = this.selector.selectedKeys().iterator(); keys.hasNext();) {
					SelectionKey key = keys.next();
					keys.remove();
					((WireSocket) key.attachment()).ready(key);
				}
			}
			this.selector.keys().forEach((key) -> ((WireSocket) key.attachment()).drop());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public void close() throws InterruptedException {
		this.closed = true;
		this.selector.wakeup();
		this.thread.join(10_000);
	}

}
