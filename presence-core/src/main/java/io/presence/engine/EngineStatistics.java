package io.presence.engine;

/**
 * What an instance has now.
 *
 * @param connections the open connections
 * @param participatingConnections the connections that have joined or observe a topic
 * @param topics the topics that this instance watches
 * @param members the members of those topics, wherever they are connected
 * @param holds the members of those topics that are connected to this instance
 * @param observers the observers of those topics that are connected to this instance
 */
public record EngineStatistics(int connections, int participatingConnections, int topics, long members, long holds,
		long observers) {

}
