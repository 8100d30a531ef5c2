package io.presence.engine;

import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client that makes of the frames what the protocol says, and fails on every frame that
 * a server must not send: a gap between versions, a count that is not that of its list.
 */
public final class SimulatedClient {

	private static final JsonMapper mapper = new JsonMapper();

	private final RecordingTransport transport = new RecordingTransport();

	private final ClientModel model = new ClientModel(false, null);

	/**
	 * Returns the link on which the frames come.
	 * @return the link
	 */
	public PresenceTransport transport() {
		return this.transport;
	}

	/**
	 * Takes the frames that came since the last call.
	 * @throws AssertionError if one of them must not have been sent
	 */
	public void read() {
		this.transport.take().forEach(this.model::receive);
	}

	/**
	 * Tells whether the client has a roster.
	 * @param topic the name of the topic
	 * @return whether it has
	 */
	public boolean knows(String topic) {
		ClientModel.TopicModel known = this.model.topic(topic);
		return known != null && known.epoch != null;
	}

	/**
	 * Returns what the client shows of a topic.
	 * @param topic the name of the topic
	 * @return the data of each member by key, {@code null} before the first roster
	 */
	public @Nullable Map<String, Map<?, ?>> roster(String topic) {
		ClientModel.TopicModel known = this.model.topic(topic);
		if (known == null || known.epoch == null) {
			return null;
		}
		Map<String, Map<?, ?>> roster = new TreeMap<>();
		known.members.forEach((key, data) -> roster.put(key, mapper.treeToValue(data, Map.class)));
		return roster;
	}

	/**
	 * Returns the states that the client shows of a topic.
	 * @param topic the name of the topic
	 * @return the JSON text of each member's state, by key
	 */
	public Map<String, String> states(String topic) {
		Map<String, String> states = new TreeMap<>();
		ClientModel.TopicModel known = this.model.topic(topic);
		if (known != null) {
			known.shownStates().forEach((key, state) -> states.put(key, state.toString()));
		}
		return states;
	}

}
