package io.presence.protocol;

/**
 * A topic as a client named it.
 *
 * @param sent the name as it was sent, which answers echo
 * @param name the name of the topic, without the prefix
 * @param prefixed whether it was sent with the prefix {@code __presence:}
 */
public record SentTopic(String sent, String name, boolean prefixed) {

	/**
	 * What stands before the name of a topic on its presence frames, and in the
	 * subscription of one who only observes.
	 */
	public static final String PREFIX = "__presence:";

}
