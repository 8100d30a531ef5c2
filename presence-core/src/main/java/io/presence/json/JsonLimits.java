package io.presence.json;

/**
 * Bounds on the work that one JSON value may cost, whatever of it is kept in the end.
 *
 * @param maxDepth objects and arrays inside one another, 1 to 500
 * @param maxNodes values, those inside dropped names included, at least 1
 * @param maxChars UTF-16 units of all names, strings and numbers, those inside dropped
 * names included, at least 1
 * @param maxNumberLength significant digits of one number, at least 20
 */
public record JsonLimits(int maxDepth, int maxNodes, int maxChars, int maxNumberLength) {

	/**
	 * Depth 32, 10 000 values, 1 048 576 characters, numbers of 100 digits.
	 */
	public static final JsonLimits DEFAULT = new JsonLimits(32, 10_000, 1 << 20, 100);

	public JsonLimits {
		require(maxDepth >= 1 && maxDepth <= 500, "maxDepth", maxDepth, "1 to 500");
		require(maxNodes >= 1, "maxNodes", maxNodes, "at least 1");
		require(maxChars >= 1, "maxChars", maxChars, "at least 1");
		require(maxNumberLength >= 20, "maxNumberLength", maxNumberLength, "at least 20");
	}

	/**
	 * Returns these limits with room for texts of the given size.
	 * @param bytes the largest text that must not be refused for its number of characters
	 * @return limits whose {@code maxChars} is at least that
	 */
	public JsonLimits withRoomFor(int bytes) {
		return (bytes <= this.maxChars) ? this
				: new JsonLimits(this.maxDepth, this.maxNodes, bytes, this.maxNumberLength);
	}

	private static void require(boolean valid, String name, int value, String range) {
		if (!valid) {
			throw new IllegalArgumentException(name + " is " + value + " but must be " + range);
		}
	}

}
