package io.presence.spring.conformance;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.Deflater;

/**
 * The bytes of WebSocket frames as a client sends them.
 */
final class WireFrame {

	static final int CONTINUATION = 0;

	static final int TEXT = 1;

	static final int BINARY = 2;

	static final int CLOSE = 8;

	static final int PING = 9;

	static final int PONG = 10;

	static final int FINAL = 0x80;

	static final int COMPRESSED = 0x40;

	private WireFrame() {
	}

	/**
	 * Returns a masked frame.
	 * @param head the first byte: flags and opcode
	 */
	static byte[] of(int head, byte[] payload) {
		ByteBuffer out = ByteBuffer.allocate(14 + payload.length).put((byte) head);
		if (payload.length < 126) {
			out.put((byte) (0x80 | payload.length));
		}
		else if (payload.length < 0x10000) {
			out.put((byte) 0xFE).putShort((short) payload.length);
		}
		else {
			out.put((byte) 0xFF).putLong(payload.length);
		}
		byte[] mask = new byte[4];
		ThreadLocalRandom.current().nextBytes(mask);
		out.put(mask);
		for (int i = 0; i < payload.length; i++) {
			out.put((byte) (payload[i] ^ mask[i & 3]));
		}
		byte[] bytes = new byte[out.position()];
		out.flip().get(bytes);
		return bytes;
	}

	static byte[] close(int code) {
		return of(FINAL | CLOSE, new byte[] { (byte) (code >> 8), (byte) code });
	}

	/**
	 * Compresses a payload as permessage-deflate wants it.
	 */
	static byte[] deflate(byte[] payload) {
		Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
		try {
			deflater.setInput(payload);
			ByteArrayOutputStream out = new ByteArrayOutputStream();
			byte[] buffer = new byte[8192];
			int length;
			do {
				length = deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH);
				out.write(buffer, 0, length);
			}
			while (length == buffer.length);
			byte[] bytes = out.toByteArray();
			return Arrays.copyOf(bytes, bytes.length - 4);
		}
		finally {
			deflater.end();
		}
	}

}
