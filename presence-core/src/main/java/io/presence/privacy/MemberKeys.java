package io.presence.privacy;

/**
 * Keeps the keys that applications choose and those that are generated apart.
 * <p>
 * A generated key is one tilde and an identifier that does not begin with one. A selected
 * key that begins with a tilde gets one more in front, so it begins with at least two. No
 * two selected keys become one, and none becomes a generated one.
 */
public final class MemberKeys {

	private static final char MARK = '~';

	private MemberKeys() {
	}

	/**
	 * Returns the key of a member whose data names it.
	 * @param key the text of the key field
	 * @return the same, with another {@code ~} in front if it begins with one
	 */
	public static String selected(String key) {
		return (!key.isEmpty() && key.charAt(0) == MARK) ? MARK + key : key;
	}

	/**
	 * Returns the key of a member whose data names none.
	 * @param unique an identifier that no other connection in the cluster has
	 * @return the identifier behind a {@code ~}
	 * @throws IllegalArgumentException if the identifier is empty or begins with
	 * {@code ~}
	 */
	public static String generated(String unique) {
		if (unique.isEmpty() || unique.charAt(0) == MARK) {
			throw new IllegalArgumentException(
					"A key cannot be generated from '" + unique + "': use an identifier that does not begin with ~");
		}
		return MARK + unique;
	}

	/**
	 * Tells whether a key was generated.
	 * @param key the key of a member
	 * @return {@code true} if its data named none
	 */
	public static boolean isGenerated(String key) {
		return key.length() > 1 && key.charAt(0) == MARK && key.charAt(1) != MARK;
	}

}
