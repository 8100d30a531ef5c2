package io.presence.spring.websocket;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A client that is a bare socket: it answers no pings, reads only when asked, and can
 * break off in every way.
 */
final class RawClient implements AutoCloseable {

	static final int TEXT = 0x1;

	static final int CLOSE = 0x8;

	static final int PING = 0x9;

	private static final int TIMEOUT_MILLIS = 20_000;

	private final Socket socket = new Socket();

	private final OutputStream out;

	private final DataInputStream in;

	private final String response;

	RawClient(int port, String path, String... headers) throws IOException {
		this(port, 64 * 1024, path, headers);
	}

	RawClient(int port, int receiveBuffer, String path, String... headers) throws IOException {
		this.socket.setReceiveBufferSize(receiveBuffer);
		this.socket.setSoTimeout(TIMEOUT_MILLIS);
		this.socket.connect(new InetSocketAddress("localhost", port));
		this.out = this.socket.getOutputStream();
		this.in = new DataInputStream(this.socket.getInputStream());
		this.out.write(("GET " + path + " HTTP/1.1\r\nHost: localhost:" + port + "\r\n"
				+ "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
				+ "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
				+ ((headers.length > 0) ? String.join("\r\n", headers) + "\r\n" : "") + "\r\n")
			.getBytes(StandardCharsets.US_ASCII));
		this.out.flush();
		this.response = readHead();
	}

	/**
	 * Returns the head of the answer to the handshake.
	 */
	String response() {
		return this.response;
	}

	void send(String text) throws IOException {
		sendFrame(true, TEXT, text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
	}

	void sendFrame(boolean last, int opcode, byte[] payload) throws IOException {
		this.out.write(frame(last ? 0x80 | opcode : opcode, payload));
		this.out.flush();
	}

	void sendPartly(String text) throws IOException {
		byte[] frame = frame(0x80 | TEXT, text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
		this.out.write(frame, 0, frame.length / 2);
		this.out.flush();
	}

	/**
	 * Reads the next text frame, skipping pings.
	 */
	String read() throws IOException {
		while (true) {
			Frame frame = readFrame();
			if (frame.opcode == TEXT) {
				return new String(frame.payload, StandardCharsets.UTF_8);
			}
			if (frame.opcode == CLOSE) {
				throw new IOException("closed with " + frame.closeCode());
			}
		}
	}

	/**
	 * Reads the next frame of any kind.
	 * @return its opcode and its text, or its close code
	 */
	String readAny() throws IOException {
		Frame frame = readFrame();
		return frame.opcode + ":" + ((frame.opcode == CLOSE) ? String.valueOf(frame.closeCode())
				: new String(frame.payload, StandardCharsets.UTF_8));
	}

	/**
	 * Reads until the server closes.
	 * @return the close code
	 */
	int readClose() throws IOException {
		Frame frame = readFrame();
		while (frame.opcode != CLOSE) {
			frame = readFrame();
		}
		return frame.closeCode();
	}

	void reset() throws IOException {
		this.socket.setSoLinger(true, 0);
		this.socket.close();
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

	private Frame readFrame() throws IOException {
		int first = this.in.readUnsignedByte();
		long length = this.in.readUnsignedByte() & 0x7F;
		if (length == 126) {
			length = this.in.readUnsignedShort();
		}
		else if (length == 127) {
			length = this.in.readLong();
		}
		byte[] payload = new byte[Math.toIntExact(length)];
		this.in.readFully(payload);
		return new Frame(first & 0x0F, payload);
	}

	private String readHead() throws IOException {
		ByteArrayOutputStream head = new ByteArrayOutputStream();
		while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
			int next = this.in.read();
			if (next < 0) {
				break;
			}
			head.write(next);
		}
		return head.toString(StandardCharsets.US_ASCII);
	}

	private static byte[] frame(int first, byte[] payload) throws IOException {
		ByteArrayOutputStream frame = new ByteArrayOutputStream();
		frame.write(first);
		if (payload.length < 126) {
			frame.write(0x80 | payload.length);
		}
		else if (payload.length < 65_536) {
			frame.write(0x80 | 126);
			frame.write(payload.length >>> 8);
			frame.write(payload.length);
		}
		else {
			frame.write(0x80 | 127);
			for (int shift = 56; shift >= 0; shift -= 8) {
				frame.write((int) ((long) payload.length >>> shift));
			}
		}
		frame.write(new byte[4]);
		frame.write(payload);
		return frame.toByteArray();
	}

	private record Frame(int opcode, byte[] payload) {

		int closeCode() {
			return ((this.payload[0] & 0xFF) << 8) | (this.payload[1] & 0xFF);
		}

	}

}
