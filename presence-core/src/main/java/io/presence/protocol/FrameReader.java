package io.presence.protocol;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.presence.InvalidTopicException;
import io.presence.PresenceDataException;
import io.presence.json.CanonicalJson;
import io.presence.json.Json;
import io.presence.json.JsonLimits;
import io.presence.json.JsonText;
import io.presence.json.JsonTooLargeException;

/**
 * Reads the frames that clients send, strictly: what is not as the protocol says is
 * refused with an answer, whatever it is, and at a cost that the length of the frame
 * bounds. Fields that the protocol does not know are ignored; an optional field that is
 * {@code null} counts as left out.
 * <p>
 * Can be used from any thread.
 */
public final class FrameReader {

	/**
	 * The most topics in one batch.
	 */
	public static final int MAX_BATCH = 100;

	private final TopicNames topicNames;

	private final int maxStateBytes;

	private final JsonMapper mapper;

	private final CanonicalJson canonicalJson;

	/**
	 * Creates a reader.
	 * @param maxTopicLength the longest name of a topic, in code points
	 * @param maxStateBytes the largest state, in bytes of UTF-8 of its canonical JSON
	 */
	public FrameReader(int maxTopicLength, int maxStateBytes) {
		this.topicNames = new TopicNames(maxTopicLength);
		this.maxStateBytes = maxStateBytes;
		this.mapper = Json.mapper(JsonLimits.DEFAULT);
		this.canonicalJson = new CanonicalJson(JsonLimits.DEFAULT);
	}

	/**
	 * Tells whether a text is for presence where an application speaks on the same
	 * socket: it is of a type that begins with {@code presence-}, or about a topic with
	 * the prefix {@code __presence:}. Never throws, and costs a search of the text if it
	 * is not.
	 * @param text any text
	 * @return whether {@link #read} should see it, and the application should not
	 */
	public static boolean isPresenceFrame(String text) {
		return PresenceFrames.contains(text);
	}

	/**
	 * Reads a frame.
	 * @param text the frame
	 * @return what it says
	 * @throws FrameException if it is refused
	 */
	public ClientFrame read(String text) throws FrameException {
		Fields fields = Fields.of(parse(text));
		String type = fields.requiredString("type");
		return switch (type) {
			case "subscribe" -> subscribe(fields, fields.requiredString("topic"));
			case "subscribe-batch" -> batch(fields);
			case "unsubscribe" -> new ClientFrame.Unsubscribe(topic(fields), fields.ref());
			case "presence-snapshot" -> new ClientFrame.Snapshot(topic(fields), fields.position());
			case "presence-state" -> state(fields);
			case "ping" -> ClientFrame.Ping.INSTANCE;
			default -> throw fields.unknownType(type);
		};
	}

	private JsonNode parse(String text) throws FrameException {
		try {
			return this.mapper.readTree(text);
		}
		catch (JacksonException ex) {
			throw FrameException.error(ErrorCode.BAD_FRAME, Messages.notJson(ex), null, null);
		}
		catch (NumberFormatException ex) {
			// Exponents beyond those of a BigDecimal come out of Jackson like this.
			throw FrameException.error(ErrorCode.BAD_FRAME, "The frame holds a number whose exponent is too large",
					null, null);
		}
	}

	private ClientFrame.Subscribe subscribe(Fields fields, String sent) throws FrameException {
		SentTopic topic;
		try {
			topic = topic(sent);
		}
		catch (InvalidTopicException ex) {
			throw FrameException.denied(Messages.of(ex), sent, fields.ref());
		}
		boolean observe = fields.flag("observe", true);
		JsonText state = state(fields, fields.optional("state"));
		Duration expireAfter = fields.expireAfter();
		if (topic.prefixed() && (state != null || !observe)) {
			throw fields.bad("A subscription to a topic with the prefix " + SentTopic.PREFIX
					+ " only observes: leave out \"state\" and \"observe\", or the prefix to join");
		}
		return new ClientFrame.Subscribe(topic, fields.ref(), state, (state != null) ? expireAfter : null, observe,
				fields.light(), fields.position());
	}

	private ClientFrame.SubscribeBatch batch(Fields fields) throws FrameException {
		JsonNode topics = fields.requiredArray("topics", MAX_BATCH);
		Long ref = fields.ref();
		List<Fields> batch = new ArrayList<>(topics.size());
		for (int i = 0; i < topics.size(); i++) {
			batch.add(fields.element(topics.get(i), "topics[" + i + "]"));
		}
		List<ClientFrame.Element> elements = new ArrayList<>(batch.size());
		for (Fields element : batch) {
			try {
				elements.add(subscribe(element, element.requiredString("topic")));
			}
			catch (FrameException ex) {
				elements.add(new ClientFrame.Refused(ex.code(), ex.answer()));
			}
		}
		return new ClientFrame.SubscribeBatch(elements);
	}

	private ClientFrame.State state(Fields fields) throws FrameException {
		SentTopic topic = topic(fields);
		JsonText state = state(fields, fields.required("state"));
		Duration expireAfter = fields.expireAfter();
		return new ClientFrame.State(topic, state, (state != null) ? expireAfter : null, fields.ref());
	}

	private @Nullable JsonText state(Fields fields, @Nullable JsonNode state) throws FrameException {
		if (state == null || state.isNull()) {
			return null;
		}
		try {
			JsonText text = this.canonicalJson.of(state, this.maxStateBytes);
			if (LoneSurrogates.in(state)) {
				throw fields.bad("\"state\" holds a lone surrogate, which no UTF-8 can carry: remove it");
			}
			return text;
		}
		catch (JsonTooLargeException ex) {
			throw fields.error(ErrorCode.STATE_TOO_LARGE, "The state is larger than " + this.maxStateBytes
					+ " bytes of UTF-8 (presence.limits.max-state-bytes): publish less");
		}
		catch (PresenceDataException ex) {
			throw fields.bad("\"state\" is refused: " + Messages.of(ex));
		}
	}

	private SentTopic topic(Fields fields) throws FrameException {
		try {
			return topic(fields.requiredString("topic"));
		}
		catch (InvalidTopicException ex) {
			throw fields.error(ErrorCode.INVALID_TOPIC, Messages.of(ex));
		}
	}

	private SentTopic topic(String sent) {
		boolean prefixed = sent.startsWith(SentTopic.PREFIX);
		String name = prefixed ? sent.substring(SentTopic.PREFIX.length()) : sent;
		return new SentTopic(sent, this.topicNames.check(name), prefixed);
	}

}
