/**
 * What makes presence work on one instance: connections, topics with their tabs and
 * rosters, flushes, and the store behind them.
 * <p>
 * A {@link io.presence.engine.Topic} is a mailbox: whatever happens to it is a task that
 * runs alone, and what follows outside of it (marks for the store, frames, events,
 * answers) runs after the task, in order, without any lock. So no part of the engine ever
 * waits for another.
 */
@NullMarked
package io.presence.engine;

import org.jspecify.annotations.NullMarked;
