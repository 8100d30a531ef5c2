package io.presence.spring.conformance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Map;
import java.util.Queue;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

import org.jspecify.annotations.Nullable;

/**
 * A WebSocket client made of bytes (RFC 6455), that can also do what no good client does:
 * half a handshake, frames of any kind, a reset, silence. Everything but the constructor
 * and what says so runs on the loop's thread.
 */
final class WireSocket {

	static final int NO_CLOSE_FRAME = 1006;

	private static final byte[] END_OF_HEAD = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

	private final WireLoop loop;

	private final Listener listener;

	private final Queue<ByteBuffer> outgoing = new ArrayDeque<>(2);

	private final ByteArrayOutputStream message = new ByteArrayOutputStream(0);

	private @Nullable SocketChannel channel;

	private byte[] unread = new byte[0];

	private boolean upgraded;

	private boolean refused;

	private boolean compressedMessage;

	private boolean dead;

	private boolean answersPings = true;

	private int closeCode = NO_CLOSE_FRAME;

	/**
	 * Connects and sends the handshake, from any thread.
	 */
	WireSocket(WireLoop loop, int port, String path, Map<String, String> headers, Listener listener) {
		this(loop, port, handshake(port, path, headers).getBytes(StandardCharsets.US_ASCII), 0, listener);
	}

	/**
	 * Connects and sends bytes, from any thread.
	 * @param receiveBuffer the size of the receive buffer, 0 for the system's
	 */
	WireSocket(WireLoop loop, int port, byte[] first, int receiveBuffer, Listener listener) {
		this.loop = loop;
		this.listener = listener;
		this.outgoing.add(ByteBuffer.wrap(first));
		loop.execute(() -> connect(port, receiveBuffer));
	}

	static String handshake(int port, String path, Map<String, String> headers) {
		StringBuilder out = new StringBuilder("GET ").append(path)
			.append(" HTTP/1.1\r\nHost: 127.0.0.1:")
			.append(port)
			.append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
			.append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n");
		headers.forEach((name, value) -> out.append(name).append(": ").append(value).append("\r\n"));
		return out.append("\r\n").toString();
	}

	private void connect(int port, int receiveBuffer) {
		try {
			SocketChannel channel = SocketChannel.open();
			this.channel = channel;
			if (receiveBuffer > 0) {
				channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBuffer);
			}
			channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
			channel.configureBlocking(false);
			channel.register(this.loop.selector, SelectionKey.OP_CONNECT, this);
			channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
		}
		catch (IOException ex) {
			die();
		}
	}

	/**
	 * Sends a text frame, from any thread.
	 */
	void send(String text) {
		write(WireFrame.of(WireFrame.FINAL | WireFrame.TEXT, text.getBytes(StandardCharsets.UTF_8)));
	}

	/**
	 * Sends bytes as they are, from any thread.
	 */
	void write(byte[] bytes) {
		this.loop.execute(() -> {
			this.outgoing.add(ByteBuffer.wrap(bytes));
			flush();
		});
	}

	/**
	 * Stops or resumes reading, from any thread. One that does not read gets no pings
	 * either.
	 */
	void read(boolean read) {
		this.loop.execute(() -> {
			SelectionKey key = key();
			if (key != null) {
				key.interestOps(
						read ? key.interestOps() | SelectionKey.OP_READ : key.interestOps() & ~SelectionKey.OP_READ);
			}
		});
	}

	/**
	 * Stops answering pings, from any thread.
	 */
	void ignorePings() {
		this.loop.execute(() -> this.answersPings = false);
	}

	/**
	 * Closes the TCP connection without a close frame, from any thread.
	 */
	void drop() {
		this.loop.execute(this::die);
	}

	/**
	 * Resets the TCP connection, from any thread.
	 */
	void reset() {
		this.loop.execute(() -> {
			SocketChannel channel = this.channel;
			try {
				if (channel != null) {
					channel.setOption(StandardSocketOptions.SO_LINGER, 0);
				}
			}
			catch (IOException ex) {
				// Closed already.
			}
			die();
		});
	}

	void ready(SelectionKey key) {
		try {
			if (key.isValid() && key.isConnectable() && this.channel != null) {
				this.channel.finishConnect();
				key.interestOps(SelectionKey.OP_READ);
				flush();
			}
			if (key.isValid() && key.isWritable()) {
				flush();
			}
			if (key.isValid() && key.isReadable()) {
				readAvailable();
			}
		}
		catch (IOException ex) {
			die();
		}
	}

	private @Nullable SelectionKey key() {
		SelectionKey key = (this.channel != null) ? this.channel.keyFor(this.loop.selector) : null;
		return (key != null && key.isValid()) ? key : null;
	}

	private void flush() {
		SocketChannel channel = this.channel;
		SelectionKey key = key();
		if (this.dead || channel == null || key == null || !channel.isConnected()) {
			return;
		}
		try {
			for (ByteBuffer next = this.outgoing.peek(); next != null; next = this.outgoing.peek()) {
				channel.write(next);
				if (next.hasRemaining()) {
					key.interestOpsOr(SelectionKey.OP_WRITE);
					return;
				}
				this.outgoing.remove();
			}
			key.interestOpsAnd(~SelectionKey.OP_WRITE);
		}
		catch (IOException ex) {
			// What the server sent before it hung up can still be read.
			this.outgoing.clear();
			key.interestOpsAnd(~SelectionKey.OP_WRITE);
		}
	}

	private void readAvailable() throws IOException {
		ByteBuffer buffer = this.loop.readBuffer.clear();
		int length = (this.channel != null) ? this.channel.read(buffer) : -1;
		if (length < 0) {
			die();
			return;
		}
		int old = this.unread.length;
		byte[] bytes = Arrays.copyOf(this.unread, old + length);
		buffer.flip().get(bytes, old, length);
		int used = 0;
		while (!this.dead) {
			int next = this.upgraded ? frame(bytes, used) : head(bytes);
			if (next == used) {
				break;
			}
			used = next;
		}
		this.unread = (used == bytes.length) ? new byte[0] : Arrays.copyOfRange(bytes, used, bytes.length);
	}

	private int head(byte[] bytes) {
		if (this.refused) {
			return bytes.length;
		}
		for (int i = 0; i + 4 <= bytes.length; i++) {
			if (Arrays.equals(bytes, i, i + 4, END_OF_HEAD, 0, 4)) {
				String head = new String(bytes, 0, i, StandardCharsets.US_ASCII);
				int status = Integer.parseInt(head.substring(9, 12));
				this.upgraded = status == 101;
				this.refused = !this.upgraded;
				this.listener.answered(status, head);
				return this.upgraded ? i + 4 : bytes.length;
			}
		}
		return 0;
	}

	/**
	 * Reads one frame.
	 * @return where the next one begins, {@code from} if this one is not complete
	 */
	private int frame(byte[] bytes, int from) {
		ByteBuffer in = ByteBuffer.wrap(bytes, from, bytes.length - from);
		if (in.remaining() < 2) {
			return from;
		}
		int head = in.get() & 0xFF;
		long length = in.get() & 0x7F;
		if (in.remaining() < ((length == 126) ? 2 : (length == 127) ? 8 : 0)) {
			return from;
		}
		length = (length == 126) ? in.getShort() & 0xFFFF : (length == 127) ? in.getLong() : length;
		if (in.remaining() < length) {
			return from;
		}
		byte[] payload = new byte[(int) length];
		in.get(payload);
		received(head, payload);
		return in.position();
	}

	private void received(int head, byte[] payload) {
		int opcode = head & 0x0F;
		switch (opcode) {
			case WireFrame.CONTINUATION, WireFrame.TEXT -> {
				if (opcode == WireFrame.TEXT) {
					this.compressedMessage = (head & WireFrame.COMPRESSED) != 0;
				}
				this.message.writeBytes(payload);
				if ((head & WireFrame.FINAL) != 0) {
					byte[] whole = this.message.toByteArray();
					this.message.reset();
					this.listener
						.text(new String(this.compressedMessage ? inflate(whole) : whole, StandardCharsets.UTF_8));
				}
			}
			case WireFrame.PING -> {
				this.listener.pinged();
				if (this.answersPings) {
					write(WireFrame.of(WireFrame.FINAL | WireFrame.PONG, payload));
				}
			}
			case WireFrame.CLOSE -> {
				this.closeCode = (payload.length >= 2) ? (payload[0] & 0xFF) << 8 | payload[1] & 0xFF : 1005;
				write(WireFrame.of(head, payload));
				this.loop.execute(this::die);
			}
			default -> {
			}
		}
	}

	private static byte[] inflate(byte[] payload) {
		Inflater inflater = new Inflater(true);
		try {
			byte[] input = Arrays.copyOf(payload, payload.length + 4);
			input[payload.length + 2] = -1;
			input[payload.length + 3] = -1;
			inflater.setInput(input);
			ByteArrayOutputStream out = new ByteArrayOutputStream();
			byte[] buffer = new byte[8192];
			for (int length = inflater.inflate(buffer); length > 0; length = inflater.inflate(buffer)) {
				out.write(buffer, 0, length);
			}
			return out.toByteArray();
		}
		catch (DataFormatException ex) {
			throw new IllegalStateException(ex);
		}
		finally {
			inflater.end();
		}
	}

	private void die() {
		if (this.dead) {
			return;
		}
		this.dead = true;
		try {
			if (this.channel != null) {
				this.channel.close();
			}
		}
		catch (IOException ex) {
			// It is closed all the same.
		}
		this.listener.closed(this.closeCode);
	}

	/**
	 * Hears what the server sends, on the loop's thread.
	 */
	interface Listener {

		default void answered(int status, String head) {
		}

		void text(String text);

		default void pinged() {
		}

		void closed(int code);

	}

}
