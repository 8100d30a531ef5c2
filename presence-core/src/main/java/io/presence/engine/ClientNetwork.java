package io.presence.engine;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * What counts as one remote address: an IPv4 address, or the 64-bit prefix of an IPv6
 * address, since whoever has one address there usually has the whole prefix.
 */
final class ClientNetwork {

	private static final int PREFIX_BYTES = 8;

	private ClientNetwork() {
	}

	/**
	 * Returns the name under which an address is counted.
	 * @param address the address as a container or a forwarded header has it
	 * @return the prefix of an IPv6 address in its longest form, the dotted form of one
	 * that stands for an IPv4 address; everything else as it is
	 */
	static String of(String address) {
		if (address.indexOf(':') < 0) {
			return address;
		}
		String literal = address;
		if (literal.startsWith("[") && literal.endsWith("]")) {
			literal = literal.substring(1, literal.length() - 1);
		}
		int zone = literal.indexOf('%');
		if (zone >= 0) {
			literal = literal.substring(0, zone);
		}
		try {
			// In brackets it is never looked up as a name.
			InetAddress parsed = InetAddress.getByName("[" + literal + "]");
			return (parsed instanceof Inet6Address six) ? prefix(six) : parsed.getHostAddress();
		}
		catch (UnknownHostException ex) {
			return address;
		}
	}

	private static String prefix(Inet6Address address) {
		byte[] bytes = address.getAddress();
		Arrays.fill(bytes, PREFIX_BYTES, bytes.length, (byte) 0);
		try {
			return InetAddress.getByAddress(bytes).getHostAddress() + "/" + PREFIX_BYTES * Byte.SIZE;
		}
		catch (UnknownHostException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
